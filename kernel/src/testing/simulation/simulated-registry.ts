import { isDeepStrictEqual } from "node:util";
import type { Registry, RegistryEvent, RegistryWatch, ServiceNode, ServiceRecord } from "../../contracts/registry.ts";
import { MemoryRegistry } from "../../memory/memory-registry.ts";
import type { Machine } from "./machine.ts";
import { type Network, outOfReach } from "./network.ts";

/** How long a node waits for a registry that is cut off, in milliseconds. */
const askTimeoutMs = 1000;

/** What is the same for all nodes. */
export interface RegistryState {
  /** It answers nobody and tells nobody. */
  isDown: boolean;
  /** It says what it knew then. */
  frozen: Records | undefined;
  readonly ttlMs: number;
}

type Records = ReadonlyMap<string, readonly ServiceRecord[]>;

/**
 * What one node sees of the registry. The registry forgets a node that it has not heard of for its TTL, and takes it
 * back when it hears of it again; a node that has not heard of the registry hears of all changes when it does again.
 */
export class SimulatedRegistry implements Registry {
  readonly name = "simulated";
  readonly settleMs = 0;
  readonly #network: Network;
  readonly #machine: Machine;
  readonly #state: RegistryState;
  readonly #inner: MemoryRegistry;
  readonly #own = new Map<string, ServiceRecord>();
  readonly #listeners = new Set<(event: RegistryEvent) => void>();
  readonly #check = (): void => this.#update();
  #lapse: NodeJS.Timeout | undefined;
  #hasLapsed = false;
  /** What was known when the node heard last; `undefined` while it hears. */
  #known: Records | undefined;

  constructor(network: Network, machine: Machine, state: RegistryState) {
    this.#network = network;
    this.#machine = machine;
    this.#state = state;
    this.#inner = new MemoryRegistry(network.memory);
    this.#inner.watch((event) => {
      if (this.#known === undefined) this.#tell(event);
    });
    network.onChange.add(this.#check);
    this.#update();
  }

  async register(record: ServiceRecord): Promise<void> {
    await this.#reach();
    await this.#inner.register(record);
    this.#own.set(idOf(record), record);
  }

  async deregister(record: ServiceRecord): Promise<void> {
    this.#own.delete(idOf(record));
    await this.#reach();
    await this.#inner.deregister(record);
  }

  getService(name: string): readonly ServiceRecord[] | Promise<readonly ServiceRecord[]> {
    if (!this.#isReachable()) return this.#reach().then(() => this.getService(name));
    return this.#state.frozen === undefined ? this.#inner.getService(name) : (this.#state.frozen.get(name) ?? []);
  }

  async listServices(): Promise<readonly string[]> {
    await this.#reach();
    const { frozen } = this.#state;
    return frozen === undefined ? this.#inner.listServices() : [...frozen.keys()].sort();
  }

  watch(listener: (event: RegistryEvent) => void): RegistryWatch {
    // A function of its own, so that one listener may watch twice.
    const watcher = (event: RegistryEvent): void => listener(event);
    this.#listeners.add(watcher);
    return { close: () => this.#listeners.delete(watcher) };
  }

  async close(): Promise<void> {
    clearTimeout(this.#lapse);
    this.#network.onChange.delete(this.#check);
    this.#listeners.clear();
    await this.#inner.close();
  }

  #isReachable(): boolean {
    const { name } = this.#machine;
    return !(this.#state.isDown || this.#network.isCut(name, "registry") || this.#network.isCut("registry", name));
  }

  async #reach(): Promise<void> {
    if (this.#isReachable()) return;
    // One that is down says so at once; from one that is cut off nothing comes.
    if (!this.#state.isDown) await new Promise((resolve) => setTimeout(resolve, askTimeoutMs));
    if (!this.#isReachable()) throw outOfReach("registry");
  }

  #update(): void {
    this.#updateLapse();
    const { isDown, frozen } = this.#state;
    const hears = !isDown && frozen === undefined && this.#network.hears(this.#machine, "registry");
    const records = this.#network.memory.records;
    if (!hears) this.#known ??= new Map(records);
    if (!hears || this.#known === undefined) return;
    const known = this.#known;
    this.#known = undefined;
    for (const event of changesBetween(known, records)) this.#tell(event);
  }

  #updateLapse(): void {
    const isHeard = this.#network.isHeard(this.#machine, "registry");
    if (!isHeard) {
      this.#lapse ??= setTimeout(() => this.#forget(), this.#state.ttlMs);
      return;
    }
    clearTimeout(this.#lapse);
    this.#lapse = undefined;
    if (!this.#hasLapsed) return;
    this.#hasLapsed = false;
    for (const record of this.#own.values()) void this.#inner.register(record);
  }

  #forget(): void {
    this.#hasLapsed = true;
    for (const record of this.#own.values()) void this.#inner.deregister(record);
  }

  #tell(event: RegistryEvent): void {
    for (const listener of this.#listeners) this.#machine.enter(() => listener(event));
  }
}

function idOf(record: ServiceRecord): string {
  return record.nodes[0]?.id ?? "";
}

function changesBetween(before: Records, after: Records): RegistryEvent[] {
  const events: RegistryEvent[] = [];
  const old = nodesOf(before);
  const now = nodesOf(after);
  for (const [key, { record, node }] of old) {
    if (!now.has(key)) events.push({ action: "delete", service: { ...record, nodes: [node] } });
  }
  for (const [key, { record, node }] of now) {
    const known = old.get(key);
    if (known !== undefined && isDeepStrictEqual(withOnly(known), withOnly({ record, node }))) continue;
    events.push({ action: known === undefined ? "create" : "update", service: withOnly({ record, node }) });
  }
  return events;
}

interface Announced {
  readonly record: ServiceRecord;
  readonly node: ServiceNode;
}

function withOnly({ record, node }: Announced): ServiceRecord {
  return { ...record, nodes: [node] };
}

function nodesOf(records: Records): Map<string, Announced> {
  const all = [...records.values()].flat();
  return new Map(
    all.flatMap((record) =>
      record.nodes.map((node) => [`${record.name}\n${record.version}\n${node.id}`, { record, node }] as const),
    ),
  );
}
