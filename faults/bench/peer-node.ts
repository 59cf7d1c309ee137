// A node of a peer in a process of its own: `peer-node.ts <module> <folder of the peers> <JSON>`.

import type { NodeMessage, NodeOrder } from "../src/node-messages.ts";

/** What a module of a peer exports for its nodes. */
export interface PeerModule {
  /** Serves until the process is asked to end, then ends it as the peer's users do. @param work is to be awaited by each call */
  serve(folder: string, settings: unknown, work: (id: string) => Promise<void>): Promise<void>;
}

const [, , module = "", folder = "", settings = "null"] = process.argv;
let workMs = 20;

process.on("message", (order: NodeOrder) => {
  if (order.kind === "slow") workMs = order.workMs;
});
process.on("disconnect", () => process.exit());

await ((await import(module)) as PeerModule).serve(folder, JSON.parse(settings), async (id) => {
  process.send?.({ kind: "executed", id } satisfies NodeMessage);
  await new Promise((resolve) => setTimeout(resolve, workMs));
});
process.send?.("serving");
