import { codecProtoRpc } from "@micro/codec-proto-rpc";
import { definePlugin, type Kernel, type Plugin, type RawFlags, startKernel } from "@micro/kernel";
import { eventually } from "@micro/kernel/testing";
import { registryConsul } from "@micro/registry-consul";
import { standard } from "@micro/standard";

/** A kernel of ours that only calls. */
export interface OurClient {
  readonly kernel: Kernel;
  /** The addresses that were dialled, in order: what a pool reuses is not dialled again. */
  readonly dialed: readonly string[];
  /** The addresses that were tried, in order. */
  readonly attempted: readonly string[];
  /** Waits until the registry knows a service with so many nodes. */
  find(service: string, nodes?: number): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a client that finds its services by mDNS, where the flags name no other registry.
 *
 * @param flags as on the command line: `{ client_pool_size: "4" }`
 */
export async function ourClient(flags: RawFlags = {}): Promise<OurClient> {
  const dialed: string[] = [];
  const attempted: string[] = [];
  const kernel = await startKernel(
    { plugins: [standard(), registryConsul(), codecProtoRpc(), counter(dialed, attempted)] },
    { flags: { registry: "mdns", ...flags } },
  );
  const countNodes = async (service: string): Promise<number> =>
    (await kernel.get("registry").getService(service)).flatMap((record) => record.nodes).length;
  return {
    kernel,
    dialed,
    attempted,
    find: (service, nodes = 1) =>
      eventually(10_000, `${nodes} nodes of ${service}`, async () => (await countNodes(service)) >= nodes),
    stop: () => kernel.stop(),
  };
}

// Behind the pool of standard(), so its wrap is inside: it sees what the pool could not answer.
function counter(dialed: string[], attempted: string[]): Plugin {
  return definePlugin({
    name: "counter",
    setup({ hooks }) {
      hooks.dial.tap("counter", (next) => (target) => {
        dialed.push(target.address);
        return next(target);
      });
      hooks.attempt.tap("counter", (next) => (attempt) => {
        attempted.push(attempt.node.address);
        return next(attempt);
      });
    },
  });
}
