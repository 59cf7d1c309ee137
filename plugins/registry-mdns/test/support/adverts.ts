import { createAdvert, recordsOf } from "../../src/advert.ts";
import { type Announcement, readAnnouncements } from "../../src/announcement.ts";
import type { DnsRecord } from "../../src/dns-record.ts";
import { type MdnsOptions, type ResolvedMdnsOptions, resolveOptions } from "../../src/options.ts";
import { recordOf } from "./registries.ts";

/** Options with everything decided. */
export function optionsOf(options: MdnsOptions = {}): ResolvedMdnsOptions {
  return resolveOptions(options);
}

/** The records that a process announces for a node, with an id and an address. */
export function announced(id: string, address = "10.0.0.1:80", ttl = 120, name = "svc"): readonly DnsRecord[] {
  return recordsOf(createAdvert(recordOf(name, {}, { id, address }), optionsOf()), ttl);
}

/** The same, as a reader puts it together. */
export function announcementOf(id: string, address?: string, ttl?: number, name?: string): Announcement {
  return readAnnouncements(announced(id, address, ttl, name))[0] as Announcement;
}
