import { setTimeout as sleep } from "node:timers/promises";
import { bidi, defineService, notFound } from "@micro/kernel";

/** The service of greeter.proto as the go-micro program serves it. Go leaves zero values out, so all members may be absent. */
export default defineService({
  name: "go.micro.srv.greeter",
  handlers: {
    Say: {
      Hello: async ({ name = "", delay_ms = 0 }: HelloRequest, { metadata, signal }) => {
        if (delay_ms > 0) await sleep(delay_ms, undefined, { signal });
        return { msg: `Hello ${name}`, metadata };
      },
      Fail: ({ name = "" }: HelloRequest) => {
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

/** The request of Say.Hello and Say.Fail. */
export interface HelloRequest {
  readonly name?: string;
  readonly delay_ms?: number;
}

/** The answer of Say.Hello: a greeting, and the metadata that the handler got. */
export interface HelloResponse {
  readonly msg: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What Say.Stream sends and Say.Echo sends back. */
export interface Item {
  readonly n?: number;
}
