import { expectTypeOf } from "expect-type";
import { bidi, type Client, clientStream, defineService, method, serverStream } from "../src/index.ts";

const service = defineService({
  name: "go.micro.srv.types",
  handlers: {
    Say: {
      Hello: async ({ name }: { name: string }, { client, metadata, signal, log, deadline }) => {
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        expectTypeOf(deadline).toEqualTypeOf<number>();
        expectTypeOf(client).toEqualTypeOf<Client>();
        expectTypeOf(metadata["X-User-Id"]).toEqualTypeOf<string | undefined>();
        log.info("hello");
        return { msg: `Hello ${name}` };
      },
      Nothing: () => ({ done: true }),
      // biome-ignore lint/suspicious/noExplicitAny: a handler without types must work too
      Anything: (input: any) => ({ input: input as unknown }),
      async *Count({ to }: { to: number }) {
        for (let n = 0; n < to; n++) yield { n };
      },
      Ticks: serverStream(async function* ({ every }: { every: number }) {
        yield { at: every };
      }),
      Sum: clientStream(async (items: AsyncIterable<{ n: number }>) => {
        let total = 0;
        for await (const { n } of items) total += n;
        return { total };
      }),
      Echo: bidi(async function* (items: AsyncIterable<{ n: number }>, { signal }) {
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        yield* items;
      }),
      Safe: method({ idempotent: true }, async ({ id }: { id: string }) => ({ id })),
    },
  },
});

declare const client: Client;
const say = client.of<typeof service>("go.micro.srv.types").Say;

expectTypeOf(say.Hello({ name: "John" })).resolves.toEqualTypeOf<{ msg: string }>();
expectTypeOf(say.Nothing()).resolves.toEqualTypeOf<{ done: boolean }>();
expectTypeOf(say.Anything(1)).resolves.toEqualTypeOf<{ input: unknown }>();
expectTypeOf(say.Safe({ id: "1" }, { timeout: "1s" })).resolves.toEqualTypeOf<{ id: string }>();
expectTypeOf(say.Count.stream({ to: 3 }).receive()).resolves.toEqualTypeOf<{ n: number } | undefined>();
expectTypeOf(say.Ticks.stream({ every: 3 }).receive()).resolves.toEqualTypeOf<{ at: number } | undefined>();
expectTypeOf(say.Sum.stream().send).parameter(0).toEqualTypeOf<{ n: number }>();
expectTypeOf(say.Echo.stream().receive()).resolves.toEqualTypeOf<{ n: number } | undefined>();

// @ts-expect-error the input has another type
void say.Hello({ name: 1 });
// @ts-expect-error a method that is not there
void say.Goodbye;
// @ts-expect-error streams are opened, not called
void say.Count({ to: 3 });
// @ts-expect-error calls are not opened
void say.Hello.stream({ name: "John" });

defineService({
  name: "x",
  handlers: {
    X: {
      // @ts-expect-error a bare handler that takes a stream: nobody could know its kind before the call
      Bare: async function* (items: AsyncIterable<{ n: number }>) {
        yield* items;
      },
    },
  },
});
