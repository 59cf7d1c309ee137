import { type Kernel, startKernel } from "@micro/kernel";
import { registryConsul } from "@micro/registry-consul";
import { standard } from "@micro/standard";
import type { Peer } from "../src/peer.ts";

/** This project with the flags that Micro's FAQ names, over the Consul agent at `BENCH_CONSUL`. */
export const peer: Peer = {
  async serve(name) {
    const kernel = await start(0);
    const hello = async (request: { readonly name: string }): Promise<unknown> => ({ msg: `Hello ${request.name}` });
    await kernel.serve({ name, handlers: { Say: { Hello: hello } } }, { address: "127.0.0.1:0" });
    return { address: name, close: () => kernel.stop() };
  },

  async connect(name, { poolSize }) {
    const kernel = await start(poolSize);
    const call = async (who: string): Promise<string> => (await hello(kernel, name, who)).msg;
    return { call, close: () => kernel.stop() };
  },
};

function start(poolSize: number): Promise<Kernel> {
  const registry = { registry: "consul", registry_address: [process.env.BENCH_CONSUL ?? "127.0.0.1:8500"] };
  const settings = { ...registry, selector: "cache", client_pool_size: poolSize };
  return startKernel({ plugins: [standard(), registryConsul()], settings });
}

function hello({ client }: Kernel, service: string, name: string): Promise<{ readonly msg: string }> {
  return client.call(service, "Say.Hello", { name });
}
