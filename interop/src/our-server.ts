import { codecProtoRpc } from "@micro/codec-proto-rpc";
import {
  definePlugin,
  type Kernel,
  type Metadata,
  type Plugin,
  type RawFlags,
  type ServiceDefinition,
  startKernel,
} from "@micro/kernel";
import { registryConsul } from "@micro/registry-consul";
import { standard } from "@micro/standard";
import greeter from "./greeter.ts";
import { randomName } from "./random-name.ts";

/** A kernel of ours that serves the greeter, and what it saw. */
export interface OurServer {
  readonly name: string;
  readonly kernel: Kernel;
  /** `host:port` as others are told. */
  readonly address: string;
  /** The calls that came, Debug.Health left out, in order. */
  readonly calls: readonly SeenCall[];
  stop(): Promise<void>;
}

/** What a handler was called with. */
export interface SeenCall {
  readonly method: string;
  readonly input: unknown;
  readonly metadata: Metadata;
  /** How much time the caller left it. */
  readonly remainingMs: number;
  readonly signal: AbortSignal;
}

/**
 * Serves a service on a free port, found by mDNS: the greeter without schemas, where nothing else is said.
 *
 * @param flags as on the command line: `{ registry: "consul" }`
 */
export async function ourServer(
  name: string = randomName(),
  service: ServiceDefinition = greeter,
  flags: RawFlags = {},
): Promise<OurServer> {
  const calls: SeenCall[] = [];
  const plugins = [standard(), registryConsul(), codecProtoRpc(), observer(calls)];
  const kernel = await startKernel({ plugins }, { flags: { registry: "mdns", ...flags } });
  const { record } = await kernel.serve({ ...service, name }).catch(async (error: unknown) => {
    await kernel.stop();
    throw error;
  });
  return { name, kernel, address: record?.nodes[0]?.address ?? "", calls, stop: () => kernel.stop() };
}

function observer(calls: SeenCall[]): Plugin {
  return definePlugin({
    name: "observer",
    setup({ hooks }) {
      hooks.handler.tap("observer", (next) => (context) => {
        const { method, input, metadata, signal } = context;
        const remainingMs = context.deadline - performance.now();
        if (!method.startsWith("Debug.")) calls.push({ method, input, metadata, remainingMs, signal });
        return next(context);
      });
    },
  });
}
