import type { CallContext } from "./context.ts";
import { type ServedMethod, singleAnswer } from "./served-method.ts";

/** The two directions of a stream, as its handler's side sees them. */
export interface StreamEnds {
  /** The next item of the caller, `undefined` after its last one. */
  receive(): Promise<unknown>;
  /** Sends an item; resolves when there is room for the next one. Throws when the caller is gone. */
  send(item: unknown): Promise<void>;
  /** The value of the message that opened the stream. */
  opening(): unknown;
}

/** Runs the handler of a streaming method to its end, over whichever way its items come and go. */
export async function runStream(route: ServedMethod, context: CallContext, ends: StreamEnds): Promise<void> {
  if (route.kind === "serverStream") {
    // A client of 2016 opens the stream with a message that counts for nothing and sends the request as the second
    // one. One that closes its side without a second message meant the first.
    context.input = (await ends.receive()) ?? ends.opening();
  } else {
    context.input = items(ends);
  }
  if (route.kind === "clientStream") {
    await ends.send(singleAnswer(route, await route.run(context)));
    return;
  }
  let sent = 0;
  for await (const item of route.run(context) as AsyncIterable<unknown>) {
    await ends.send(item ?? {});
    // Promises that are there already keep the event loop from all else, from hearing that the caller left too.
    if (++sent % itemsPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

const itemsPerTurn = 64;

async function* items(ends: StreamEnds): AsyncGenerator<unknown> {
  for (;;) {
    const item = await ends.receive();
    if (item === undefined) return;
    yield item;
  }
}
