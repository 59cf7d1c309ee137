import { bidi, clientStream, defineService, internalServerError, method, notFound } from "../../src/index.ts";

/** What the handlers of {@link createGreeter} saw, for tests that look from the server's side. */
export interface Seen {
  aborted: number;
  closedStreams: number;
}

/** A service with a method of each kind, and some that misbehave. */
export function createGreeter(name = "go.micro.srv.greeter", seen: Seen = { aborted: 0, closedStreams: 0 }) {
  return defineService({
    name,
    handlers: {
      Say: {
        Hello: async ({ name: who }: { name: string }, { metadata }) => ({ msg: `Hello ${who}`, metadata }),
        Sync: ({ name: who }: { name: string }) => ({ msg: `Hello ${who}` }),
        Nothing: () => undefined,
        TypeOf: (input: unknown) => ({ type: input === null ? "null" : typeof input }),
        Fail: ({ name: who }: { name: string }) => {
          throw notFound("go.micro.srv.greeter", `no such name: ${who}`);
        },
        Throw: async () => {
          throw new TypeError("boom");
        },
        Broken: async () => {
          throw internalServerError(name, "broken");
        },
        Hang: async (_input: unknown, { signal }) => {
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          seen.aborted++;
          return {};
        },
        Stubborn: () => new Promise<{ never: true }>(() => {}),
        Stream: (async () => (async function* () {})()) as () => Promise<unknown>,
        async *Count({ to }: { to: number }) {
          try {
            for (let n = 0; n < to; n++) yield { n };
          } finally {
            seen.closedStreams++;
          }
        },
        async *CountAndFail({ to }: { to: number }) {
          for (let n = 0; n < to; n++) yield { n };
          throw internalServerError(name, "the count broke");
        },
        Echo: bidi(async function* (items: AsyncIterable<{ n: number }>) {
          yield* items;
        }),
        Sum: clientStream(async (items: AsyncIterable<{ n: number }>) => {
          let total = 0;
          for await (const { n } of items) total += n;
          return { total };
        }),
        Twice: method({ idempotent: true }, ({ n }: { n: number }) => ({ n: 2 * n })),
        Relay: async (input: { method: string; service?: string; timeout?: string }, { client }) => {
          const options = input.timeout === undefined ? {} : { timeout: input.timeout };
          return client.call(input.service ?? name, input.method, { name: "John" }, options);
        },
        Remaining: (_input: unknown, { deadline }) => ({ remainingMs: deadline - performance.now() }),
      },
    },
  });
}
