import { setTimeout as sleep } from "node:timers/promises";
import { bidi, defineService, method, notFound } from "@micro/kernel";
import { schemasOf } from "./greeter-messages.ts";

/** The service of greeter.proto, its methods with the messages of that file: they are called in JSON and in protobuf. */
export default defineService({
  name: "go.micro.srv.greeter",
  handlers: {
    Say: {
      Hello: method(schemasOf("Say.Hello"), async ({ name, delayMs }: Request, { metadata, signal }) => {
        if (delayMs > 0n) await sleep(Number(delayMs), undefined, { signal });
        return { msg: `Hello ${name}`, metadata };
      }),
      Fail: method(schemasOf("Say.Fail"), ({ name }: Request) => {
        throw notFound("go.micro.srv.greeter", `no such name: ${name}`);
      }),
      Stream: method(schemasOf("Say.Stream"), async function* ({ count }: Count) {
        for (let n = 0n; n < count; n++) yield { n };
      }),
      Echo: method(
        schemasOf("Say.Echo"),
        bidi(async function* (items: AsyncIterable<Item>) {
          yield* items;
        }),
      ),
    },
  },
});

interface Request {
  readonly name: string;
  readonly delayMs: bigint;
}

interface Count {
  readonly count: bigint;
}

interface Item {
  readonly n: bigint;
}
