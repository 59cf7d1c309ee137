import { createRequire } from "node:module";
import { join } from "node:path";
import type { Contender } from "../contender.ts";
import { startPeer } from "../peer-field.ts";
import type { Work } from "../peer-node.ts";

/** As its users have it: a timeout, which it has none of by itself, and nothing else. */
export function moleculerDefaults(folder: string): Contender {
  return contender("Moleculer TCP", folder, { requestTimeout: 5000 });
}

/**
 * With what it has against faults. The timeout stands inside the breaker, which else would never hear of one: of the
 * order of its own middlewares, this is the one change.
 */
export function moleculerProtected(folder: string): Contender {
  return contender("Moleculer TCP, retry + breaker + tracking", folder, {
    requestTimeout: 5000,
    retryPolicy: { enabled: true },
    circuitBreaker: { enabled: true },
    tracking: { enabled: true },
    internalMiddlewares: false,
    middlewares: [
      "ActionHook",
      "Validator",
      "Bulkhead",
      "Cacher",
      "ContextTracker",
      "Timeout",
      "CircuitBreaker",
    ].concat(["Retry", "Fallback", "ErrorHandler", "Tracing", "Metrics", "Debounce", "Throttle"]),
  });
}

/** Serves as one node. */
export async function serve(folder: string, settings: Settings, work: Work): Promise<void> {
  const broker = createBroker(folder, settings);
  broker.createService({
    name: "work",
    actions: {
      read: async ({ params }: { readonly params: { readonly id: string } }) => {
        await work(params.id);
        return params;
      },
    },
  });
  // It ends the process itself when it is asked to, after it has stopped.
  await broker.start();
}

interface Settings {
  readonly nodeID: string;
  readonly port: number;
  readonly urls: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

function contender(name: string, folder: string, options: Readonly<Record<string, unknown>>): Contender {
  const settings = (at: number, ports: readonly number[]): Settings => ({
    nodeID: `node-${at}`,
    port: ports[at] as number,
    urls: ports.map((port, index) => `127.0.0.1:${port}/node-${index}`),
    options,
  });
  const connect = async (ports: readonly number[]): ReturnType<Parameters<typeof startPeer>[0]["connect"]> => {
    const broker = createBroker(folder, settings(ports.length - 1, ports));
    await broker.start();
    await broker.waitForServices("work", 20_000);
    return { call: (id) => broker.call("work.read", { id }), close: () => broker.stop() };
  };
  return { name, start: () => startPeer({ module: new URL(import.meta.url), folder, settings, connect }) };
}

interface Broker {
  createService(schema: unknown): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  waitForServices(name: string, limitMs: number): Promise<unknown>;
  call(action: string, params: unknown): Promise<unknown>;
}

function createBroker(folder: string, { nodeID, port, urls, options }: Settings): Broker {
  const { ServiceBroker } = createRequire(join(folder, "index.js"))("moleculer") as {
    readonly ServiceBroker: new (options: unknown) => Broker;
  };
  const transporter = { type: "TCP", options: { udpDiscovery: false, port, urls } };
  return new ServiceBroker({ nodeID, logger: false, transporter, ...options });
}
