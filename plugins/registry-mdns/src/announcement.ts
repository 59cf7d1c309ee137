import { isIP } from "node:net";
import type { ServiceRecord } from "@micro/kernel";
import { addressOf } from "./advert.ts";
import { isDnsName, toShortLabel } from "./dns-name.ts";
import type { DnsRecord } from "./dns-record.ts";
import type { MdnsLimits } from "./options.ts";
import { decodeText, type TextFault } from "./text-codec.ts";

/** What a packet says of one instance, put together but not yet believed. */
export interface Announcement {
  readonly instance: string;
  /** Seconds; 0 is a farewell. */
  readonly ttl: number;
  readonly port: number;
  readonly address: string | undefined;
  readonly text: readonly Uint8Array[] | undefined;
}

/**
 * The instances that a list of records speaks of. Records stand in go-micro's order, where an address belongs to the
 * SRV before it; where there is none, any address of the same host name is taken, as others sort their records. PTR
 * records are not needed: unsolicited announcements of go-micro have none.
 */
export function readAnnouncements(records: readonly DnsRecord[]): readonly Announcement[] {
  const drafts = new Map<string, Draft>();
  const texts = new Map<string, readonly Uint8Array[]>();
  const hosts = new Map<string, string>();
  let current: Draft | undefined;
  for (const record of records) {
    if (record.type === "SRV") drafts.set(record.name, (current = createDraft(record)));
    else if (record.type === "A" || record.type === "AAAA") addAddress(record.type, record, current, hosts);
    else if (record.type === "TXT") texts.set(record.name, bytesOf(record.data));
  }
  return [...drafts].map(([instance, { ttl, port, target, ipv4, ipv6 }]) => ({
    instance,
    ttl,
    port,
    address: ipv4 ?? ipv6 ?? hosts.get(target),
    text: texts.get(instance),
  }));
}

/** The instances that a list of records points to from a name, by PTR, with their time to live. */
export function readPointers(records: readonly DnsRecord[], name: string): ReadonlyMap<string, number> {
  const pointers = new Map<string, number>();
  for (const record of records) {
    if (record.type === "PTR" && record.name === name) pointers.set(record.data, record.ttl ?? 0);
  }
  return pointers;
}

/** Why an announcement was not believed, by the name of its counter. */
export type AnnouncementFault = "incomplete" | "badPort" | "badAddress" | "badName" | TextFault;

/** The node that an announcement describes, in a record of its own, or why it describes none. */
export function readNode(
  { instance, port, address, text }: Announcement,
  domain: string,
  limits: MdnsLimits,
): ServiceRecord | AnnouncementFault {
  if (address === undefined || text === undefined) return "incomplete";
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return "badPort";
  if (!isHostAddress(address)) return "badAddress";
  if (!isDnsName(instance)) return "badName";
  const node = decodeText(text, limits);
  if (typeof node === "string") return node;
  const label = instanceId(instance, `.${node.service}.${domain}`);
  if (label === "" || node.service === "") return "badName";
  // An id that is not the one its instance stands for would take the place of another node.
  if (node.id !== undefined && toShortLabel(node.id) !== label) return "badName";
  const id = node.id ?? label;
  return {
    name: node.service,
    version: node.version,
    metadata: {},
    endpoints: node.endpoints,
    nodes: [{ id, address: addressOf({ address, port }), metadata: node.metadata }],
  };
}

/** What stands before a suffix; empty when the name does not end so. */
export function instanceId(instance: string, suffix: string): string {
  return instance.endsWith(suffix) ? instance.slice(0, -suffix.length) : "";
}

interface Draft {
  readonly ttl: number;
  readonly port: number;
  readonly target: string;
  ipv4: string | undefined;
  ipv6: string | undefined;
}

function createDraft(record: DnsRecord & { readonly type: "SRV" }): Draft {
  const { port, target } = record.data;
  return { ttl: record.ttl ?? 0, port, target, ipv4: undefined, ipv6: undefined };
}

function addAddress(
  type: "A" | "AAAA",
  { name, data }: { readonly name: string; readonly data: string },
  current: Draft | undefined,
  hosts: Map<string, string>,
): void {
  if (!hosts.has(name)) hosts.set(name, data);
  if (current?.target !== name) return;
  if (type === "A") current.ipv4 ??= data;
  else current.ipv6 ??= data;
}

function bytesOf(data: unknown): readonly Uint8Array[] {
  return [data].flat().filter((string) => string instanceof Uint8Array);
}

/** One host can be dialled there: not all interfaces, not a group, not everybody. */
function isHostAddress(address: string): boolean {
  if (isIP(address) === 6) return !/^(?:[0:]+$|ff)/i.test(address);
  return isIP(address) === 4 && !/^(?:0|22[4-9]|23\d|24\d|25\d)\./.test(address);
}
