import type { ServiceRecord } from "@micro/kernel";
import { createAdvert, recordsOf } from "../../src/advert.ts";
import { type Announcement, readAnnouncements } from "../../src/announcement.ts";
import type { DnsRecord } from "../../src/dns-record.ts";
import { type MdnsOptions, type ResolvedMdnsOptions, resolveOptions } from "../../src/options.ts";
import { recordOf } from "./registries.ts";

/** Options with everything decided. */
export function optionsOf(options: MdnsOptions = {}): ResolvedMdnsOptions {
  return resolveOptions(options);
}

/** The records that a process announces for a node, with an id and an address, in one domain. */
export function announced(
  id: string,
  address = "10.0.0.1:80",
  ttl = 120,
  name = "svc",
  domain = "local",
): readonly DnsRecord[] {
  return announcedRecord(recordOf(name, {}, { id, address }), domain, ttl);
}

/** The same for a record with everything that it says. */
export function announcedRecord(record: ServiceRecord, domain: string, ttl = 120): readonly DnsRecord[] {
  return recordsOf(createAdvert(record, optionsOf()), domain, ttl);
}

/** What a process announces in one domain, as a reader puts it together. */
export function announcementOf(
  id: string,
  address?: string,
  ttl?: number,
  name?: string,
  domain?: string,
): Announcement {
  return announcementIn(announced(id, address, ttl, name, domain));
}

/** The first announcement in some records. */
export function announcementIn(records: readonly DnsRecord[]): Announcement {
  return readAnnouncements(records, optionsOf().domains)[0] as Announcement;
}
