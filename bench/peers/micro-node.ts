import { type Kernel, startKernel } from "@micro/kernel";
import { standard } from "@micro/standard";
import type { Peer } from "../src/peer.ts";

let starting: Promise<Kernel> | undefined;

/**
 * One running kernel that serves another service whenever it is asked to, each of which has to be discovered. The
 * address that it answers with is the moment, on the monotonic clock of the machine, at which it began to serve.
 */
export const peer: Pick<Peer, "serve"> = {
  async serve(name) {
    starting ??= startKernel({ plugins: [standard()] });
    const kernel = await starting;
    const begin = process.hrtime.bigint();
    await kernel.serve({ name, handlers: { Say: { Hello: async () => ({ msg: "Hello" }) } } });
    return { address: String(begin), close: () => kernel.stop() };
  },
};
