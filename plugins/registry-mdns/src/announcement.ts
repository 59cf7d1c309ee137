import { isIP } from "node:net";
import type { ServiceRecord } from "@micro/kernel";
import { addressOf, allServices } from "./advert.ts";
import { isDnsName, splitDomain, toShortLabel } from "./dns-name.ts";
import type { DnsRecord } from "./dns-record.ts";
import type { MdnsLimits } from "./options.ts";
import { decodeText, type TextFault } from "./text-codec.ts";

/** What a packet says of one instance, put together but not yet believed. */
export interface Announcement {
  /** Without the domain, as a node that is in two is one node. */
  readonly instance: string;
  readonly domain: string;
  /** Seconds; 0 is a farewell. */
  readonly ttl: number;
  readonly port: number;
  readonly address: string | undefined;
  readonly text: readonly Uint8Array[] | undefined;
}

/**
 * The instances that a list of records speaks of. Records stand in go-micro's order, where an address belongs to the
 * SRV before it; where there is none, any address of the same host name is taken, as others sort their records. PTR
 * records are not needed: unsolicited announcements of go-micro have none. What is in no domain of ours is left out.
 */
export function readAnnouncements(records: readonly DnsRecord[], domains: readonly string[]): readonly Announcement[] {
  const drafts = new Map<string, Draft>();
  const texts = new Map<string, readonly Uint8Array[]>();
  const hosts = new Map<string, string>();
  let current: Draft | undefined;
  for (const record of records) {
    if (record.type === "SRV") drafts.set(record.name, (current = createDraft(record)));
    else if (record.type === "A" || record.type === "AAAA") addAddress(record.type, record, current, hosts);
    else if (record.type === "TXT") texts.set(record.name, bytesOf(record.data));
  }
  return [...drafts].flatMap(([fullName, { ttl, port, target, ipv4, ipv6 }]) => {
    const place = splitDomain(fullName, domains);
    const address = ipv4 ?? ipv6 ?? hosts.get(target);
    return place === undefined
      ? []
      : [{ instance: place.name, domain: place.domain, ttl, port, address, text: texts.get(fullName) }];
  });
}

/** The names of services that a list of records tells of, in any of the domains, with their time to live. */
export function readNames(records: readonly DnsRecord[], domains: readonly string[]): ReadonlyMap<string, number> {
  const names = new Map<string, number>();
  for (const record of records) {
    if (record.type !== "PTR") continue;
    const asked = splitDomain(record.name, domains);
    if (asked?.name !== allServices) continue;
    const name = instanceId(record.data, `.${allServices}.${asked.domain}`);
    if (isDnsName(name)) names.set(name, record.ttl ?? 0);
  }
  return names;
}

/** Why an announcement was not believed, by the name of its counter. */
export type AnnouncementFault = "incomplete" | "badPort" | "badAddress" | "badName" | TextFault;

/** The node that an announcement describes, in a record of its own, or why it describes none. */
export function readNode(
  { instance, domain, port, address, text }: Announcement,
  limits: MdnsLimits,
): ServiceRecord | AnnouncementFault {
  if (address === undefined || text === undefined) return "incomplete";
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return "badPort";
  if (!isHostAddress(address)) return "badAddress";
  if (!isDnsName(`${instance}.${domain}`)) return "badName";
  const node = decodeText(text, limits);
  if (typeof node === "string") return node;
  const label = instanceId(instance, `.${node.service}`);
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
