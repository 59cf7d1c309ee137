import { type Kernel, startKernel } from "@micro/kernel";
import { standard } from "@micro/standard";
import type { Peer } from "../src/peer.ts";

/**
 * This project as a newcomer gets it: `standard()` at both ends, the server found by multicast DNS, each call through
 * the whole client with its default timeout.
 */
export const peer: Peer = {
  async serve(name) {
    const kernel = await startKernel({ plugins: [standard()] });
    const hello = async (request: { readonly name: string }): Promise<unknown> => ({ msg: `Hello ${request.name}` });
    await kernel.serve({ name, handlers: { Say: { Hello: hello } } }, { address: "127.0.0.1:0" });
    return { address: name, close: () => kernel.stop() };
  },

  async connect(name, { poolSize }) {
    const kernel = await startKernel({ plugins: [standard()], settings: { client_pool_size: poolSize } });
    const call = async (who: string): Promise<string> => (await hello(kernel, name, who)).msg;
    return { call, close: () => kernel.stop() };
  },
};

function hello({ client }: Kernel, service: string, name: string): Promise<{ readonly msg: string }> {
  return client.call(service, "Say.Hello", { name });
}
