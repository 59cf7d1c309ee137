import { bidi, defineService, method, notFound } from "@micro/kernel";
import { CountSchema, type Item, ItemSchema, type Request, RequestSchema, ResponseSchema } from "../gen/greeter_pb.ts";

const greeting = { input: RequestSchema, output: ResponseSchema };

/**
 * The greeter that every Micro example calls, with the methods of greeter.proto. The schemas let it answer protobuf and
 * JSON from one handler; the JSON has the names of the .proto file, as go-micro's has.
 */
export default defineService({
  name: "go.micro.srv.greeter",
  handlers: {
    Say: {
      Hello: method(
        { ...greeting, idempotent: true },
        async ({ name, delayMs }: Request, { client, metadata, signal }) => {
          if (delayMs > 0n) await pause(Number(delayMs), signal);
          await client.call("go.micro.srv.guests", "Guests.Visit", { name });
          return { msg: `Hello ${name}`, metadata };
        },
      ),
      Fail: method(greeting, async ({ name }: Request): Promise<{ msg: string }> => {
        throw notFound("go.micro.srv.greeter", `no such name: ${name}`);
      }),
      Stream: method({ input: CountSchema, output: ItemSchema }, async function* ({ count }: { count: bigint }) {
        for (let n = 0n; n < count; n++) yield { n };
      }),
      Echo: method(
        { input: ItemSchema, output: ItemSchema },
        bidi(async function* (items: AsyncIterable<Item>) {
          yield* items;
        }),
      ),
    },
  },
  subscribers: {
    "topic.greeter": {
      input: RequestSchema,
      handler: ({ name }: Request) => console.log(`topic   topic.greeter {"name":${JSON.stringify(name)}}`),
    },
  },
});

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
