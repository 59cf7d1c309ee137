import { bidi, defineService, notFound } from "@micro/kernel";

interface Item {
  readonly n: number;
}

/** The greeter that every Micro example calls, with the methods of greeter.proto. */
export default defineService({
  name: "go.micro.srv.greeter",
  handlers: {
    Say: {
      Hello: async (
        { name = "", delay_ms = 0 }: { name?: string; delay_ms?: number },
        { client, metadata, signal },
      ) => {
        if (delay_ms > 0) await pause(delay_ms, signal);
        await client.call("go.micro.srv.guests", "Guests.Visit", { name });
        return { msg: `Hello ${name}`, metadata };
      },
      Fail: async ({ name = "" }: { name?: string }): Promise<{ msg: string }> => {
        throw notFound("go.micro.srv.greeter", `no such name: ${name}`);
      },
      async *Stream({ count = 0 }: { count?: number }) {
        for (let n = 0; n < count; n++) yield { n };
      },
      Echo: bidi(async function* (items: AsyncIterable<Item>) {
        yield* items;
      }),
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
