import { isDeepStrictEqual } from "node:util";
import type { RegistryEvent, RegistryWatch, ServiceNode, ServiceRecord } from "@micro/kernel";

/** All nodes that are known, ours and others', as records by service and version, and who watches them. */
export class ServiceTable {
  readonly #nodes = new Map<string, Map<string, ServiceRecord>>();
  readonly #records = new Map<string, readonly ServiceRecord[]>();
  readonly #watchers = new Set<(event: RegistryEvent) => void>();
  readonly #onFault: (error: unknown) => void;

  /** `onFault` hears of listeners that throw, which they must not: what they missed is theirs. */
  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault;
  }

  /** Adds or replaces a node, given as a record of its own, and tells what changed, if anything did. */
  set(given: ServiceRecord): void {
    const record = freeze(given);
    const id = nodeOf(record).id;
    const known = this.#nodes.get(record.name)?.get(id);
    if (isDeepStrictEqual(known, record)) return;
    // A node that changed its version left the old one.
    if (known !== undefined && known.version !== record.version) this.remove(record.name, id);
    const nodes = this.#nodes.get(record.name) ?? new Map<string, ServiceRecord>();
    const action = nodes.delete(id) ? "update" : "create";
    this.#nodes.set(record.name, nodes.set(id, record));
    this.#records.delete(record.name);
    this.#tell({ action, service: record });
  }

  /** Takes a node out, because it left or lapsed; one that is not there is no mistake. */
  remove(name: string, id: string, isLapsed: boolean = false): void {
    const nodes = this.#nodes.get(name);
    const record = nodes?.get(id);
    if (nodes === undefined || record === undefined) return;
    nodes.delete(id);
    if (nodes.size === 0) this.#nodes.delete(name);
    this.#records.delete(name);
    this.#tell({ action: "delete", service: record, isLapsed });
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

  /** The names of services with nodes. */
  names(): Iterable<string> {
    return this.#nodes.keys();
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

const nothing: readonly ServiceRecord[] = Object.freeze([]);

/**
 * One record per version, versions and nodes sorted, so that every process sees the same order. What is said of a
 * version is what its latest node said.
 */
function merge(nodes: Iterable<ServiceRecord>): readonly ServiceRecord[] {
  const versions = new Map<string, ServiceRecord>();
  for (const record of nodes) {
    const others = versions.get(record.version)?.nodes ?? [];
    versions.set(record.version, { ...record, nodes: [...others, ...record.nodes] });
  }
  const records = [...versions.values()].map((record) => ({ ...record, nodes: record.nodes.toSorted(byId) }));
  return Object.freeze(records.sort((left, right) => compare(left.version, right.version)));
}

function byId(left: ServiceNode, right: ServiceNode): number {
  return compare(left.id, right.id);
}

// By code units: localeCompare would depend on the machine.
function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function nodeOf(record: ServiceRecord): ServiceNode {
  return record.nodes[0] as ServiceNode;
}

function freeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) if (typeof member === "object" && member !== null) freeze(member);
  return Object.freeze(value);
}
