import type { RegistryEvent, ServiceRecord } from "../contracts/registry.ts";
import type { Subscriber } from "./memory-broker.ts";
import type { Announcement } from "./memory-registry.ts";
import type { MemoryListener } from "./memory-transport.ts";

/**
 * What the in-memory registry, transport and broker have in common: who listens, who is announced, who subscribed.
 * Everybody given the same network sees each other, as processes on one real network do. It owns no resource of
 * the system, so there is nothing to close: it is collected with its last user.
 */
export interface MemoryNetwork {
  /** @internal Who listens, by port. There is one machine on this network, so hosts tell nothing apart. */
  readonly listeners: Map<number, MemoryListener>;
  /** @internal The announced nodes, by service and by node id. */
  readonly announcements: Map<string, Map<string, Announcement>>;
  /** @internal The records made of them, kept until one of the service's nodes changes. */
  readonly records: Map<string, readonly ServiceRecord[]>;
  /** @internal Who watches the registry. */
  readonly watchers: Set<(event: RegistryEvent) => void>;
  /** @internal Who subscribed, by topic. */
  readonly subscribers: Map<string, Set<Subscriber>>;
  /** @internal The port that was given out last. */
  lastPort: number;
}

/**
 * Makes a network for kernels of one process.
 *
 * @example
 * const network = createMemoryNetwork();
 * const one = await startKernel({ plugins: [memory({ network })] });
 * const two = await startKernel({ plugins: [memory({ network })] });
 */
export function createMemoryNetwork(): MemoryNetwork {
  return {
    listeners: new Map(),
    announcements: new Map(),
    records: new Map(),
    watchers: new Set(),
    subscribers: new Map(),
    lastPort: 0,
  };
}

const maxPort = 65_535;

/** The next port that nobody listens on, in turn, so that a port just closed is not somebody else's at once. */
export function takePort(network: MemoryNetwork): number {
  do network.lastPort = (network.lastPort % maxPort) + 1;
  while (network.listeners.has(network.lastPort));
  return network.lastPort;
}
