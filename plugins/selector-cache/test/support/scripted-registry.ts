import { MicroError, type Registry, type RegistryEvent, type RegistryWatch, type ServiceRecord } from "@micro/kernel";
import { CachedRegistry, type CacheOptions, type Clock } from "@micro/selector-cache/registry";

/** A registry that fails, hangs and keeps silent when a test says so, and remembers what it was asked. */
export class ScriptedRegistry implements Registry {
  readonly name = "scripted";
  readonly settleMs = 0;
  readonly asked: string[] = [];
  readonly hanging = new Set<string>();
  isFailing = false;
  readonly #records = new Map<string, readonly ServiceRecord[]>();
  readonly #listeners = new Set<(event: RegistryEvent) => void>();
  readonly #hung = new Map<string, () => void>();

  /** Changes what it knows; nobody is told. */
  set(name: string, ...records: readonly ServiceRecord[]): void {
    this.#records.set(name, records);
  }

  /** Tells who watches. */
  tell(action: RegistryEvent["action"], service: ServiceRecord): void {
    for (const listener of this.#listeners) listener({ action, service });
  }

  /** Tells that nodes were not heard of in time, and knows them no more. */
  lapse(name: string, ...ids: readonly string[]): void {
    this.#records.set(name, []);
    for (const id of ids) {
      for (const listener of this.#listeners) {
        listener({ action: "delete", service: recordOf(name, [id]), isLapsed: true });
      }
    }
  }

  /** Lets the lookup of a hanging service go on, with what is known then. */
  release(name: string): void {
    this.hanging.delete(name);
    this.#hung.get(name)?.();
  }

  /** How many watch. */
  get watchers(): number {
    return this.#listeners.size;
  }

  /** How often a service was asked for. */
  askedFor(name: string): number {
    return this.asked.filter((asked) => asked === name).length;
  }

  async getService(name: string): Promise<readonly ServiceRecord[]> {
    this.asked.push(name);
    const found = this.#records.get(name) ?? [];
    if (this.hanging.has(name)) await new Promise<void>((resolve) => this.#hung.set(name, resolve));
    if (this.isFailing) throw new MicroError("test", 503, "the registry is away", { reason: "registry_unavailable" });
    return found;
  }

  watch(listener: (event: RegistryEvent) => void): RegistryWatch {
    this.#listeners.add(listener);
    return { close: () => this.#listeners.delete(listener) };
  }

  async register(): Promise<void> {}
  async deregister(): Promise<void> {}
  async listServices(): Promise<readonly string[]> {
    return [...this.#records.keys()].sort();
  }
  async close(): Promise<void> {}
}

/** A clock that a test moves. */
export class ManualClock implements Clock {
  #now = 1_000_000;

  now(): number {
    return this.#now;
  }

  advance(ms: number): void {
    this.#now += ms;
  }
}

/** A cache over a scripted registry and on a clock of its own, with times that do not spread. */
export interface Scene {
  readonly registry: ScriptedRegistry;
  readonly clock: ManualClock;
  readonly cache: CachedRegistry;
  /** The ids of the nodes that are known after asking, sorted. */
  ids(name: string): Promise<string>;
}

export async function withCache(options: CacheOptions, run: (scene: Scene) => Promise<void>): Promise<void> {
  const registry = new ScriptedRegistry();
  const clock = new ManualClock();
  const cache = new CachedRegistry(registry, { clock, random: () => 0.5, ...options });
  try {
    await run({ registry, clock, cache, ids: async (name) => idsOf(await cache.getService(name)) });
  } finally {
    cache.close();
  }
}

/** One record with a node for each id, at the address of that name. */
export function recordOf(name: string, ids: readonly string[], version = "1.0.0"): ServiceRecord {
  const nodes = ids.map((id) => ({ id, address: `${id}:80`, metadata: {} }));
  return { name, version, metadata: {}, endpoints: [], nodes };
}

export function idsOf(records: readonly ServiceRecord[]): string {
  const ids = records.flatMap(({ nodes }) => nodes.map(({ id }) => id));
  return ids.sort().join(" ");
}

/** Lets everything go on that waits for promises alone. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The reason of the MicroError that something fails with. */
export async function reasonOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return MicroError.is(error) ? `${error.code} ${error.reason}` : String(error);
  }
  return "no failure";
}
