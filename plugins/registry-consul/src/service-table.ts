import { isDeepStrictEqual } from "node:util";
import type { RegistryEvent, RegistryWatch, ServiceNode, ServiceRecord } from "@micro/kernel";

/** The nodes of services, as records by version, and who watches them. */
export class ServiceTable {
  readonly #nodes = new Map<string, ReadonlyMap<string, ServiceRecord>>();
  readonly #records = new Map<string, readonly ServiceRecord[]>();
  readonly #watchers = new Set<(event: RegistryEvent) => void>();
  readonly #onFault: (error: unknown) => void;

  /** `onFault` hears of listeners that throw, which they must not: what they missed is theirs. */
  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault;
  }

  /** How many watch. */
  get watchers(): number {
    return this.#watchers.size;
  }

  /**
   * Replaces the nodes of a service, each given as a record of its own, and tells what changed, if anything did.
   *
   * @param lapsed the ids of those that are not there because they were not heard of in time
   */
  set(name: string, nodes: ReadonlyMap<string, ServiceRecord>, lapsed: ReadonlySet<string>): void {
    const known = this.#nodes.get(name) ?? noNodes;
    const events = changesBetween(known, nodes, lapsed);
    if (events.length === 0) return;
    if (nodes.size === 0) this.#nodes.delete(name);
    else this.#nodes.set(name, nodes);
    this.#records.delete(name);
    for (const event of events) this.#tell(event);
  }

  /** The nodes of a service by id. */
  nodes(name: string): ReadonlyMap<string, ServiceRecord> {
    return this.#nodes.get(name) ?? noNodes;
  }

  /** The records of a service, one per version; the same array until something changes. */
  records(name: string): readonly ServiceRecord[] {
    const known = this.#records.get(name);
    if (known !== undefined) return known;
    const nodes = this.#nodes.get(name);
    if (nodes === undefined) return nothing;
    const records = merge(nodes.values());
    this.#records.set(name, records);
    return records;
  }

  /** Forgets a service without a word: it is asked for again when it is needed. */
  forget(name: string): void {
    this.#nodes.delete(name);
    this.#records.delete(name);
  }

  /** Calls the listener for every change from now on, in order. */
  watch(listener: (event: RegistryEvent) => void): RegistryWatch {
    let isWatching = true;
    // A watcher of its own for every watch, so that one listener may watch twice.
    const watcher = (event: RegistryEvent): void => {
      try {
        if (isWatching) listener(event);
      } catch (error) {
        this.#onFault(error);
      }
    };
    this.#watchers.add(watcher);
    return {
      close: () => {
        isWatching = false;
        this.#watchers.delete(watcher);
      },
    };
  }

  // In a microtask: a listener that registers something itself must not make others hear of that first.
  #tell(event: RegistryEvent): void {
    for (const watcher of this.#watchers) queueMicrotask(() => watcher(event));
  }
}

/** No records, always the same array. */
export const nothing: readonly ServiceRecord[] = Object.freeze([]);

const noNodes: ReadonlyMap<string, ServiceRecord> = new Map();

// What left is told first: a node that changed its version left the old one.
function changesBetween(
  before: ReadonlyMap<string, ServiceRecord>,
  after: ReadonlyMap<string, ServiceRecord>,
  lapsed: ReadonlySet<string>,
): readonly RegistryEvent[] {
  const events: RegistryEvent[] = [];
  for (const [id, service] of before) {
    const now = after.get(id);
    if (now === undefined) events.push({ action: "delete", service, isLapsed: lapsed.has(id) });
    else if (now.version !== service.version) events.push({ action: "delete", service });
  }
  for (const [id, service] of after) {
    const known = before.get(id);
    if (known === undefined || known.version !== service.version) events.push({ action: "create", service });
    else if (!isDeepStrictEqual(known, service)) events.push({ action: "update", service });
  }
  return events;
}

/**
 * One record per version, versions and nodes sorted, so that every process sees the same order. The endpoints of a
 * version are those of its first node, as in go-micro.
 */
function merge(nodes: Iterable<ServiceRecord>): readonly ServiceRecord[] {
  const versions = new Map<string, ServiceRecord[]>();
  for (const record of nodes) {
    const others = versions.get(record.version);
    if (others === undefined) versions.set(record.version, [record]);
    else others.push(record);
  }
  const records = [...versions.values()].map(([first, ...more]) => {
    const all = [first as ServiceRecord, ...more].flatMap((record) => record.nodes).sort(byId);
    return Object.freeze({ ...(first as ServiceRecord), nodes: Object.freeze(all) });
  });
  return Object.freeze(records.sort((left, right) => compare(left.version, right.version)));
}

function byId(left: ServiceNode, right: ServiceNode): number {
  return compare(left.id, right.id);
}

// By code units: localeCompare would depend on the machine.
function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
