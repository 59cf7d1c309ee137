import { formatDuration, type ServiceNode, type ServiceRecord, splitAddress } from "@micro/kernel";
import { badRecord } from "./errors.ts";
import type { ResolvedConsulOptions } from "./options.ts";
import type { ConsulStats } from "./stats.ts";
import { decodeTags, encodeTags, type NodeTags } from "./tags.ts";

/** The body of a registration, in the words of Consul's agent. */
export interface Registration {
  readonly ID: string;
  readonly Name: string;
  readonly Tags: readonly string[];
  readonly Port: number;
  readonly Address: string;
  readonly Check?: RegistrationCheck;
}

/** The TTL check of a registration. */
export interface RegistrationCheck {
  readonly TTL: string;
  readonly DeregisterCriticalServiceAfter: string;
  /** The node is there, so it begins as that: a check would begin as critical, and hide it for a moment. */
  readonly Status: "passing";
}

/**
 * What is written of a record with one node.
 *
 * @throws MicroError 400 that says what cannot be written
 */
export function registrationOf(record: ServiceRecord, options: ResolvedConsulOptions): Registration {
  const [node, ...more] = record.nodes;
  if (node === undefined || more.length > 0) {
    throw badRecord(`a record is registered with exactly one node, "${record.name}" has ${record.nodes.length}`);
  }
  for (const [what, text] of [["name", record.name] as const, ["node id", node.id] as const]) {
    if (!isSegment(text)) throw badRecord(`the ${what} ${JSON.stringify(text)} cannot stand in a URL of Consul`);
  }
  const tags = { version: record.version, endpoints: record.endpoints, metadata: node.metadata };
  return {
    ID: node.id,
    Name: record.name,
    Tags: encodeTags(tags, options.limits.inflatedBytes),
    ...splitNodeAddress(node.address),
    ...(options.registerTtlMs > 0 && { Check: checkOf(options) }),
  };
}

/**
 * Whether a name or id can be asked for: Go's server cleans a path before it looks at it, and Consul would see another
 * one. Control characters and halves of surrogate pairs have no place in it either.
 */
export function isSegment(text: string): boolean {
  if (text === "" || text.length > maxSegment || /[\p{Cc}\p{Cs}]/u.test(text)) return false;
  return text.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

/** What an answer of `/v1/health/service/<name>` says. */
export interface Reading {
  /** A record for each node that lives, by its id. */
  readonly found: ReadonlyMap<string, ServiceRecord>;
  /** The ids of nodes that are critical for no other reason than that they, or their agent, were not heard of in time. */
  readonly lapsed: ReadonlySet<string>;
}

/**
 * Reads the answer of `/v1/health/service/<name>`: a record for each node that lives. A node that has a critical
 * check, its own or of the machine, is left out, as a query for passing ones does. What cannot be read is counted.
 *
 * @returns `undefined` when it is no such answer
 */
export class RecordReader {
  readonly #options: ResolvedConsulOptions;
  readonly #stats: ConsulStats;
  /** The nodes of a service say the same but for id and address: read once, and kept once. */
  readonly #tags = new Map<string, NodeTags>();

  constructor(options: ResolvedConsulOptions, stats: ConsulStats) {
    this.#options = options;
    this.#stats = stats;
  }

  read(name: string, body: unknown): Reading | undefined {
    if (!Array.isArray(body)) return undefined;
    const { nodesPerService } = this.#options.limits;
    if (body.length > nodesPerService) this.#stats.tooManyNodes += body.length - nodesPerService;
    const found = new Map<string, ServiceRecord>();
    const lapsed = new Set<string>();
    for (const entry of body.slice(0, nodesPerService)) {
      const record = this.#readEntry(name, entry);
      const [node] = record?.nodes ?? [];
      if (record !== undefined && node !== undefined) found.set(node.id, record);
      else if (isLapsed(entry)) lapsed.add(String(membersOf(membersOf(entry).Service).ID));
    }
    return { found, lapsed };
  }

  #readEntry(name: string, entry: unknown): ServiceRecord | undefined {
    const { Node, Service, Checks } = membersOf(entry);
    const { ID, Service: service, Tags } = membersOf(Service);
    if (service !== name || isCritical(Checks)) return undefined;
    const address = joinNodeAddress(membersOf(Service), membersOf(Node));
    if (typeof ID !== "string" || ID === "" || address === undefined) return this.#skip("badNode");
    const tags = this.#readTags(Array.isArray(Tags) ? Tags : []);
    if (typeof tags === "string") return this.#skip(tags);
    const node: ServiceNode = Object.freeze({ id: ID, address, metadata: tags.metadata });
    const { version, endpoints } = tags;
    return Object.freeze({ name, version, metadata: noMetadata, endpoints, nodes: Object.freeze([node]) });
  }

  #readTags(tags: readonly unknown[]): ReturnType<typeof decodeTags> {
    const key = tags.every((tag) => typeof tag === "string") ? tags.join("\n") : undefined;
    const known = key === undefined ? undefined : this.#tags.get(key);
    if (known !== undefined) return known;
    const read = decodeTags(tags, this.#options.limits.inflatedBytes, this.#stats);
    if (typeof read === "string") return read;
    const frozen = freeze(read);
    if (key !== undefined && key.length <= maxKeptTags) this.#keep(key, frozen);
    return frozen;
  }

  #keep(key: string, tags: NodeTags): void {
    if (this.#tags.size >= maxKept) this.#tags.delete(this.#tags.keys().next().value as string);
    this.#tags.set(key, tags);
  }

  #skip(why: "foreign" | "badNode" | "tagTooBig"): undefined {
    this.#stats[why]++;
    return undefined;
  }
}

const maxSegment = 512;

// Together at most 16 MiB of keys.
const maxKept = 1024;
const maxKeptTags = 16_384;

const noMetadata: Readonly<Record<string, string>> = Object.freeze({});

function checkOf({ registerTtlMs, deregisterAfterMs }: ResolvedConsulOptions): RegistrationCheck {
  return {
    TTL: formatDuration(registerTtlMs),
    DeregisterCriticalServiceAfter: formatDuration(deregisterAfterMs),
    Status: "passing",
  };
}

// Without a port the whole is a subject of a message bus, which readers dial as it stands.
function splitNodeAddress(address: string): { readonly Address: string; readonly Port: number } {
  if (!/:\d+$/.test(address)) return { Address: address, Port: 0 };
  const { host, port } = splitAddress(address);
  const number = Number(port);
  if (number > 65_535) throw badRecord(`the address "${address}" has no port from 0 to 65535`);
  return { Address: host, Port: number };
}

// go-micro 2016 does not look at the machine's address; later ones do where the service has none of its own.
function joinNodeAddress(
  { Address, Port = 0 }: Readonly<Record<string, unknown>>,
  machine: Readonly<Record<string, unknown>>,
): string | undefined {
  const host = Address === undefined || Address === "" ? machine.Address : Address;
  if (typeof host !== "string" || host === "" || typeof Port !== "number") return undefined;
  if (!Number.isInteger(Port) || Port < 0 || Port > 65_535) return undefined;
  if (Port === 0) return host;
  return host.includes(":") && !host.startsWith("[") ? `[${host}]:${Port}` : `${host}:${Port}`;
}

// A critical check of any other kind says what somebody found out, or wants, such as maintenance.
function isLapsed(entry: unknown): boolean {
  const { Checks } = membersOf(entry);
  const critical = Array.isArray(Checks) ? Checks.map(membersOf).filter(({ Status }) => Status === "critical") : [];
  return critical.length > 0 && critical.every(({ Type, CheckID }) => Type === "ttl" || CheckID === "serfHealth");
}

function isCritical(checks: unknown): boolean {
  return Array.isArray(checks) && checks.some((check) => membersOf(check).Status === "critical");
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function freeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) if (typeof member === "object" && member !== null) freeze(member);
  return Object.freeze(value);
}
