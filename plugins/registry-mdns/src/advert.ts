import { isIP } from "node:net";
import { hostname } from "node:os";
import type { ServiceNode, ServiceRecord } from "@micro/kernel";
import { isDnsName, toDnsName, toShortLabel } from "./dns-name.ts";
import type { DnsRecord } from "./dns-record.ts";
import { badRecord } from "./errors.ts";
import { outsideAddress } from "./interfaces.ts";
import type { ResolvedMdnsOptions } from "./options.ts";
import { encodeText, type NodeText } from "./text-codec.ts";

/** The service under which go-micro announces the names of services. */
export const allServices = "_services";

/** One of our own nodes as it is told to others; the same in every domain. */
export interface Advert {
  /** `go.micro.srv.greeter`, what others ask for in each domain. */
  readonly service: string;
  /** `<node id>.go.micro.srv.greeter`, in each domain. */
  readonly instance: string;
  /** The name that stands between SRV and A: of this host, whatever the address. */
  readonly target: string;
  readonly address: string;
  readonly port: number;
  readonly text: readonly Buffer[];
  readonly ttlSeconds: number;
}

/**
 * How a record of one node is told. Its address is one that others can dial: for a host name or one that stands for
 * all interfaces, an address of this machine.
 *
 * @throws MicroError 400 when DNS cannot carry it
 */
export function createAdvert(record: ServiceRecord, options: ResolvedMdnsOptions): Advert {
  const node = onlyNode(record);
  const service = record.name;
  const instance = instanceOf(service, node.id, options.domains);
  if (!isDnsName(service) || !isNameIn(options.domains, instance)) throw notAName(service);
  const { host, port } = splitNodeAddress(node.address);
  const isShort = instance !== `${node.id}.${service}`;
  const text = createText({ ...textOf(record, node), ...(isShort && { id: node.id }) }, options.limits.textBytes);
  const target = toDnsName(hostname());
  const address = dialable(host);
  return { service, instance, target, address, port, text, ttlSeconds: options.ttlSeconds };
}

/**
 * The name of the instance that stands for a node: its id and the service, or a short form of the id where DNS needs
 * one in any of the domains. In all of them it has one name, by which a reader knows that it is one node.
 */
export function instanceOf(serviceName: string, id: string, domains: readonly string[]): string {
  const full = `${id}.${serviceName}`;
  return isNameIn(domains, full) ? full : `${toShortLabel(id)}.${serviceName}`;
}

/**
 * The advert by which go-micro finds the names of services: an instance named as the service, of
 * {@link allServices}, at an address that nobody dials.
 */
export function createNameAdvert(serviceName: string, options: ResolvedMdnsOptions): Advert {
  return {
    service: allServices,
    instance: `${serviceName}.${allServices}`,
    target: toDnsName(hostname()),
    address: "0.0.0.0",
    port: 9999,
    text: [],
    ttlSeconds: options.ttlSeconds,
  };
}

/** `host:port` as a client dials it. */
export function addressOf({ address, port }: Pick<Advert, "address" | "port">): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The record by which an advert is found. */
function pointerTo({ service, instance }: Advert, domain: string, ttl: number): DnsRecord {
  return { type: "PTR", class: "IN", name: `${service}.${domain}`, ttl, data: `${instance}.${domain}` };
}

/** What answers a question for a service: all of an instance, in one packet. */
export function foundRecordsOf(advert: Advert, domain: string, ttl: number = advert.ttlSeconds): readonly DnsRecord[] {
  return [pointerTo(advert, domain, ttl), ...recordsOf(advert, domain, ttl)];
}

/**
 * SRV, A and TXT, in this order: go-micro's reader gives an address to the instance whose SRV stood before it, as
 * all nodes of a host share the host's name. No record says "flush", for the same reason. With a time to live of 0
 * it is a farewell.
 */
export function recordsOf(advert: Advert, domain: string, ttl: number = advert.ttlSeconds): readonly DnsRecord[] {
  return [serverRecord(advert, domain, ttl), addressRecord(advert, ttl), textRecord(advert, domain, ttl)];
}

/** The record with the port. */
export function serverRecord({ instance, target, port }: Advert, domain: string, ttl: number): DnsRecord {
  const data = { priority: 10, weight: 1, port, target };
  return { type: "SRV", class: "IN", name: `${instance}.${domain}`, ttl, data };
}

/** The record with the address. */
export function addressRecord({ target, address }: Advert, ttl: number): DnsRecord {
  return { type: isIP(address) === 6 ? "AAAA" : "A", class: "IN", name: target, ttl, data: address };
}

/** The record with everything else. */
export function textRecord({ instance, text }: Advert, domain: string, ttl: number): DnsRecord {
  return { type: "TXT", class: "IN", name: `${instance}.${domain}`, ttl, data: [...text] };
}

function onlyNode(record: ServiceRecord): ServiceNode {
  const [node, ...more] = record.nodes;
  if (node !== undefined && more.length === 0) return node;
  throw badRecord(`a record is registered with exactly one node, "${record.name}" has ${record.nodes.length}`);
}

function isNameIn(domains: readonly string[], name: string): boolean {
  return domains.every((domain) => isDnsName(`${name}.${domain}`));
}

function notAName(name: string): Error {
  return badRecord(
    `the service name "${name}" cannot be told over DNS: give it parts of 1 to 63 bytes with dots between, and 180 bytes in all`,
  );
}

function splitNodeAddress(address: string): { readonly host: string; readonly port: number } {
  const parts = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(address);
  const port = Number(parts?.[3]);
  if (parts !== null && port >= 1 && port <= 65_535) return { host: parts[1] ?? parts[2] ?? "", port };
  throw badRecord(
    `mDNS carries addresses of the form host:port, and "${address}" is not: with a transport over a message bus use another registry, such as --registry=consul`,
  );
}

function dialable(host: string): string {
  if (host === "localhost") return "127.0.0.1";
  const isUnspecified = host === "0.0.0.0" || /^[0:]+$/.test(host);
  // A zone means something on this machine only.
  return isIP(host) !== 0 && !isUnspecified && !host.includes("%") ? host : outsideAddress();
}

function textOf({ name, version, endpoints }: ServiceRecord, { metadata }: ServiceNode): NodeText {
  return { service: name, version, endpoints, metadata };
}

/** The text of a node; when the shapes of its methods make it too long, without these, which only tools read. */
function createText(full: NodeText, maxBytes: number): readonly Buffer[] {
  const bare = full.endpoints.map((endpoint) => ({ ...endpoint, request: null, response: null }));
  for (const text of [encodeText(full), encodeText({ ...full, endpoints: bare })]) {
    if (text.reduce((sum, string) => sum + string.length, 0) <= maxBytes) return text;
  }
  throw badRecord(
    `what "${full.service}" says of its methods and in its metadata is longer than the ${maxBytes} bytes that mDNS may carry: say less, or use another registry`,
  );
}
