import { isDeepStrictEqual } from "node:util";
import { MicroError } from "@micro/wire";
import type { Registry, RegistryEvent, RegistryWatch, ServiceNode, ServiceRecord } from "../contracts/registry.ts";
import { createMemoryNetwork, type MemoryNetwork } from "./memory-network.ts";

/**
 * A registry in memory: what all registries must do, with nothing between. What was announced is known to everybody
 * on the network when `register` resolves, and its records are frozen copies.
 */
export class MemoryRegistry implements Registry {
  readonly name = "memory";
  readonly settleMs = 0;
  readonly #network: MemoryNetwork;
  readonly #watches = new Set<RegistryWatch>();
  #closed = false;

  constructor(network: MemoryNetwork = createMemoryNetwork()) {
    this.#network = network;
  }

  async register(record: ServiceRecord): Promise<void> {
    this.#assertOpen();
    const node = onlyNode(record);
    const announcements = this.#announcementsOf(record.name);
    const known = announcements.get(node.id);
    const announcement = { owner: this, record: freeze(structuredClone(record)) };
    if (isDeepStrictEqual(known?.record, announcement.record)) {
      announcements.set(node.id, announcement);
      return;
    }
    // A node that changed its version left the old one.
    if (known !== undefined && known.record.version !== record.version) this.#remove(record.name, node.id);
    const action = this.#announcementsOf(record.name).has(node.id) ? "update" : "create";
    this.#add(node.id, announcement);
    this.#tell({ action, service: announcement.record });
  }

  async deregister(record: ServiceRecord): Promise<void> {
    this.#assertOpen();
    for (const { id } of record.nodes) {
      const known = this.#network.announcements.get(record.name)?.get(id);
      if (known?.record.version === record.version) this.#remove(record.name, id);
    }
  }

  getService(name: string): readonly ServiceRecord[] {
    this.#assertOpen();
    return this.#network.records.get(name) ?? nothing;
  }

  async listServices(): Promise<readonly string[]> {
    this.#assertOpen();
    return [...this.#network.records.keys()].sort();
  }

  watch(listener: (event: RegistryEvent) => void): RegistryWatch {
    this.#assertOpen();
    let watching = true;
    // A watcher of its own for every watch, so that one listener may watch twice.
    const watcher = (event: RegistryEvent): void => {
      if (watching) listener(event);
    };
    const watch: RegistryWatch = {
      close: () => {
        watching = false;
        this.#network.watchers.delete(watcher);
        this.#watches.delete(watch);
      },
    };
    this.#network.watchers.add(watcher);
    this.#watches.add(watch);
    return watch;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const watch of this.#watches) watch.close();
    for (const [name, announcements] of this.#network.announcements) {
      for (const [id, { owner }] of announcements) if (owner === this) this.#remove(name, id);
    }
  }

  #announcementsOf(name: string): Map<string, Announcement> {
    return this.#network.announcements.get(name) ?? new Map();
  }

  #add(id: string, announcement: Announcement): void {
    const { name } = announcement.record;
    const announcements = this.#announcementsOf(name);
    // Taken out first, so that the latest announcement stands last and has the last word on its version.
    announcements.delete(id);
    announcements.set(id, announcement);
    this.#network.announcements.set(name, announcements);
    this.#network.records.set(name, recordsOf(announcements.values()));
  }

  #remove(name: string, id: string): void {
    const announcements = this.#announcementsOf(name);
    const { record } = announcements.get(id) as Announcement;
    announcements.delete(id);
    if (announcements.size > 0) {
      this.#network.records.set(name, recordsOf(announcements.values()));
    } else {
      this.#network.announcements.delete(name);
      this.#network.records.delete(name);
    }
    this.#tell({ action: "delete", service: record });
  }

  // In a microtask: a listener that registers something itself must not make others hear of that first.
  #tell(event: RegistryEvent): void {
    for (const watcher of this.#network.watchers) queueMicrotask(() => watcher(event));
  }

  #assertOpen(): void {
    if (this.#closed) {
      throw new MicroError("go.micro.registry", 503, "the memory registry is closed", {
        reason: "registry_unavailable",
      });
    }
  }
}

/** A node with the registry that announced it, which alone takes it back when it closes. */
export interface Announcement {
  readonly owner: MemoryRegistry;
  /** With this one node. */
  readonly record: ServiceRecord;
}

const nothing: readonly ServiceRecord[] = Object.freeze([]);

function onlyNode(record: ServiceRecord): ServiceNode {
  const [node, ...more] = record.nodes;
  if (node !== undefined && more.length === 0) return node;
  const detail = `a record is registered with exactly one node, "${record.name}" has ${record.nodes.length}`;
  throw new MicroError("go.micro.registry", 400, detail);
}

/** One record per version, with the nodes of all announcements of it. */
function recordsOf(announcements: Iterable<Announcement>): readonly ServiceRecord[] {
  const versions = new Map<string, ServiceRecord>();
  for (const { record } of announcements) {
    const nodes = [...(versions.get(record.version)?.nodes ?? []), ...record.nodes];
    versions.set(record.version, { ...record, nodes });
  }
  return freeze([...versions.values()]);
}

function freeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) if (typeof member === "object" && member !== null) freeze(member);
  return Object.freeze(value);
}
