import type { Endpoint, Registry, RegistryEvent, ServiceNode, ServiceRecord } from "@micro/kernel";
import { isSecretName, redacted } from "./secret-names.ts";

/** An instance of a service. */
export interface SeenNode {
  readonly id: string;
  /** `host:port` */
  readonly address: string;
  readonly version: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** `up` while the registry has it; `left` for a minute after that. */
  readonly health: "up" | "left";
  /** Since when, on the clock of `Date.now()`. */
  readonly since: number;
}

/** A service of the fleet as the registry tells of it. All texts come from others, and are cut. */
export interface SeenService {
  readonly name: string;
  readonly versions: readonly string[];
  readonly endpoints: readonly SeenEndpoint[];
  readonly nodes: readonly SeenNode[];
  /** `down` when all its nodes left. */
  readonly health: "up" | "down";
}

/** A method or a subscription. */
export interface SeenEndpoint {
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly request: Endpoint["request"];
  readonly response: Endpoint["response"];
}

const maxNodes = 1000;
const maxNodesInAll = 20_000;
const maxEndpoints = 500;
const keepLeftMs = 60_000;
const noIds: ReadonlySet<string> = new Set();

/** The services of the fleet, their instances and how they are. */
export class Fleet {
  /** How many services were dropped to make room for others, and instances for which there was none. */
  dropped = 0;
  /** Grows with every change. */
  version = 0;
  private readonly services = new Map<string, ServiceEntry>();
  private nodes = 0;
  private readonly maxServices: number;
  private readonly wallNow: () => number;

  constructor(maxServices: number, wallNow: () => number = Date.now) {
    this.maxServices = maxServices;
    this.wallNow = wallNow;
  }

  get size(): number {
    return this.services.size;
  }

  /** Whether the registry ever told of a service of this name. */
  has(name: string): boolean {
    return this.services.has(name);
  }

  /** The names of the services that changed after a version. */
  *changedSince(version: number): Generator<string> {
    for (const entry of this.services.values()) if (entry.version > version) yield entry.name;
  }

  /** The names and instances of all services. */
  *counts(): Generator<readonly [name: string, instances: number]> {
    for (const entry of this.services.values()) yield [entry.name, entry.up];
  }

  /** A service; `undefined` for one that is not known. */
  service(name: string): SeenService | undefined {
    return this.services.get(name)?.view();
  }

  /** Takes what a registry tells of. */
  apply({ action, service }: RegistryEvent): void {
    if (action !== "delete") this.put(service);
    else this.services.get(cut(service.name))?.leave(service, ++this.version, this.wallNow());
  }

  /** Takes a record that a registry has. */
  put(record: ServiceRecord): void {
    const name = cut(record.name);
    const entry = this.services.get(name) ?? new ServiceEntry(name);
    // The one that nobody spoke of for longest stands first.
    this.services.delete(name);
    if (this.services.size >= this.maxServices) this.dropFirst();
    this.services.set(name, entry);
    const before = entry.size;
    this.dropped += entry.put(record, ++this.version, this.wallNow(), maxNodesInAll - this.nodes);
    this.nodes += entry.size - before;
  }

  /**
   * Asks a registry for all that it has.
   *
   * @param removes whether services and instances that it does not have any more are taken as gone
   */
  async read(registry: Registry, removes: boolean, isStale: () => boolean): Promise<void> {
    const names = (await registry.listServices()).slice(0, this.maxServices);
    if (isStale()) return;
    if (removes) this.keepOnly(new Set(names.map(cut)));
    for (const name of names) {
      const records = await registry.getService(name);
      if (isStale()) return;
      for (const record of records) this.put(record);
      const ids = records.flatMap(({ nodes }) => nodes.map(({ id }) => cut(id)));
      if (removes) this.services.get(cut(name))?.keepOnly(new Set(ids), ++this.version, this.wallNow());
    }
  }

  /** Forgets instances that left a minute ago, and services that have none. */
  sweep(): void {
    const gone: string[] = [];
    for (const entry of this.services.values()) {
      if (entry.sweep(this.wallNow() - keepLeftMs)) entry.version = ++this.version;
      if (entry.size === 0) gone.push(entry.name);
    }
    for (const name of gone) this.services.delete(name);
    if (gone.length > 0) this.version++;
    this.nodes = 0;
    for (const entry of this.services.values()) this.nodes += entry.size;
  }

  private keepOnly(names: ReadonlySet<string>): void {
    for (const entry of this.services.values()) {
      if (!names.has(entry.name)) entry.keepOnly(noIds, ++this.version, this.wallNow());
    }
  }

  private dropFirst(): void {
    for (const [name, entry] of this.services) {
      this.services.delete(name);
      this.nodes -= entry.size;
      this.dropped++;
      return;
    }
  }
}

class ServiceEntry {
  readonly name: string;
  version = 0;
  private readonly nodes = new Map<string, SeenNode>();
  private readonly endpoints = new Map<string, readonly SeenEndpoint[]>();

  constructor(name: string) {
    this.name = name;
  }

  get size(): number {
    return this.nodes.size;
  }

  get up(): number {
    let up = 0;
    for (const { health } of this.nodes.values()) if (health === "up") up++;
    return up;
  }

  view(): SeenService {
    const nodes = [...this.nodes.values()];
    const versions = [...new Set(nodes.map(({ version }) => version))];
    const endpoints = new Map(
      versions.flatMap((version) => this.endpoints.get(version) ?? []).map((one) => [one.name, one]),
    );
    return {
      name: this.name,
      versions,
      nodes,
      endpoints: [...endpoints.values()],
      health: this.up > 0 ? "up" : "down",
    };
  }

  /** @returns how many instances there was no room for */
  put(record: ServiceRecord, version: number, at: number, room: number): number {
    this.version = version;
    const recordVersion = cut(record.version);
    if (this.endpoints.size >= maxNodes) this.endpoints.clear();
    this.endpoints.set(recordVersion, record.endpoints.slice(0, maxEndpoints).map(seenEndpoint));
    const most = Math.min(maxNodes, this.nodes.size + room);
    let dropped = 0;
    for (const node of record.nodes) {
      const id = cut(node.id);
      const known = this.nodes.get(id);
      const since = known?.health === "up" ? known.since : at;
      if (known === undefined && this.nodes.size >= most) dropped++;
      else this.nodes.set(id, seenNode(node, recordVersion, since));
    }
    return dropped;
  }

  /** The nodes of a record left, or its whole version if it names none. */
  leave(record: ServiceRecord, version: number, at: number): void {
    const ids = new Set(record.nodes.map(({ id }) => cut(id)));
    for (const node of this.nodes.values()) {
      // A node that changed its version is told to have left the old one.
      const isOfVersion = node.version === cut(record.version);
      if (isOfVersion && (ids.size === 0 || ids.has(node.id))) this.mark(node, version, at);
    }
  }

  /** All other nodes left. */
  keepOnly(ids: ReadonlySet<string>, version: number, at: number): void {
    for (const node of this.nodes.values()) if (!ids.has(node.id)) this.mark(node, version, at);
  }

  sweep(before: number): boolean {
    let changed = false;
    for (const { id, health, since } of this.nodes.values()) {
      if (health === "left" && since <= before) changed = this.nodes.delete(id);
    }
    return changed;
  }

  private mark(node: SeenNode, version: number, at: number): void {
    if (node.health === "left") return;
    this.nodes.set(node.id, { ...node, health: "left", since: at });
    this.version = version;
  }
}

function seenNode({ id, address, metadata }: ServiceNode, version: string, since: number): SeenNode {
  return { id: cut(id), address: cut(address), version, metadata: cutPairs(metadata), health: "up", since };
}

function seenEndpoint({ name, metadata, request, response }: Endpoint): SeenEndpoint {
  return { name: cut(name), metadata: cutPairs(metadata), request: cutShape(request), response: cutShape(response) };
}

const maxText = 256;
const maxPairs = 32;

function cut(text: string): string {
  return String(text).slice(0, maxText);
}

function cutPairs(pairs: Readonly<Record<string, string>> | undefined): Record<string, string> {
  const kept: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(pairs ?? {}).slice(0, maxPairs)) {
    kept[cut(name)] = isSecretName(name) ? redacted : cut(value);
  }
  return kept;
}

const maxShapeBytes = 4096;

// It nests as deep as whoever announced it liked.
function cutShape(shape: Endpoint["request"]): Endpoint["request"] {
  if (shape === null || shape === undefined) return null;
  try {
    const text = JSON.stringify(shape);
    if (text.length <= maxShapeBytes) return shape;
  } catch {
    // Too deep for JSON, so for a page too.
  }
  return { name: cut(shape.name), type: cut(shape.type), values: null };
}
