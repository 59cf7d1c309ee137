// A process of its own for one end of a peer: `worker.ts <module of the peer>`, driven by messages of its parent.

import { callAtOnce } from "./load.ts";
import type { Caller, Peer, PeerSettings, Served } from "./peer.ts";

/** What the parent may ask. Each request is answered with a {@link WorkerAnswer}. */
export type WorkerRequest =
  | { readonly kind: "serve"; readonly name: string }
  | { readonly kind: "connect"; readonly address: string; readonly settings: PeerSettings }
  | { readonly kind: "load"; readonly callers: number; readonly ms: number }
  | { readonly kind: "close" };

/** The answer: an address, calls a second, or nothing to say; or what went wrong. */
export type WorkerAnswer = { readonly value: string | number } | { readonly error: string };

const [, , module = ""] = process.argv;
const peer = ((await import(module)) as { readonly peer: Peer }).peer;
let served: Served | undefined;
let caller: Caller | undefined;

process.on("message", (request: WorkerRequest) => {
  answer(request).then(
    (value) => process.send?.({ value } satisfies WorkerAnswer),
    (error: Error) => process.send?.({ error: error.stack ?? String(error) } satisfies WorkerAnswer),
  );
});
// The parent is gone, however that came about.
process.on("disconnect", () => process.exit());

async function answer(request: WorkerRequest): Promise<string | number> {
  switch (request.kind) {
    case "serve":
      served = await peer.serve(request.name);
      return served.address;
    case "connect":
      caller = await peer.connect(request.address, request.settings);
      await greet(caller);
      return "";
    case "load": {
      const connected = caller as Caller;
      return callAtOnce(() => greet(connected), request.callers, request.ms);
    }
    case "close":
      await caller?.close();
      await served?.close();
      return "";
  }
}

async function greet(connected: Caller): Promise<void> {
  const answered = await connected.call("John");
  if (answered !== "Hello John") throw new Error(`the answer was ${JSON.stringify(answered)}`);
}
