import type { Advert } from "./advert.ts";
import {
  addressRecord,
  allServices,
  createNameAdvert,
  foundRecordsOf,
  recordsOf,
  serverRecord,
  textRecord,
} from "./advert.ts";
import { instanceId } from "./announcement.ts";
import { splitDomain } from "./dns-name.ts";
import type { DnsQuestion, DnsRecord } from "./dns-record.ts";
import type { ResolvedMdnsOptions } from "./options.ts";

/** The names that this process answers for, the same in every domain. */
export class Zone {
  readonly #options: ResolvedMdnsOptions;
  readonly #services = new Map<string, Map<string, Advert>>();

  constructor(options: ResolvedMdnsOptions) {
    this.#options = options;
  }

  /** Answers for an advert from now on; one of the same instance is replaced. */
  add(advert: Advert): void {
    const adverts = this.#services.get(advert.service) ?? new Map<string, Advert>();
    this.#services.set(advert.service, adverts.set(advert.instance, advert));
  }

  /** Does not answer for it any more. */
  remove({ service, instance }: Advert): void {
    const adverts = this.#services.get(service);
    if (adverts?.delete(instance) && adverts.size === 0) this.#services.delete(service);
  }

  /** Whether it answers for a service. */
  has(service: string): boolean {
    return this.#services.has(service);
  }

  /**
   * The answers to a question, each a packet of its own: go-micro 2016 makes one entry out of a packet, the last.
   * None when the question is not about us.
   */
  answers({ name: fullName, type }: DnsQuestion): readonly (readonly DnsRecord[])[] {
    const asked = splitDomain(fullName, this.#options.domains);
    if (asked === undefined) return [];
    const { name, domain } = asked;
    const isPointer = type === "PTR" || (type as string) === "ANY";
    if (isPointer && name === enumeration) return this.#enumerate(domain);
    if (isPointer && name === allServices) return this.#names().map((advert) => foundRecordsOf(advert, domain));
    if (isPointer && this.#services.has(name))
      return [...(this.#services.get(name)?.values() ?? [])].map((advert) => foundRecordsOf(advert, domain));
    const advert = this.#instance(name);
    return advert === undefined ? [] : [askedFor(advert, domain, type)].filter((records) => records.length > 0);
  }

  #enumerate(domain: string): readonly (readonly DnsRecord[])[] {
    const name = `${enumeration}.${domain}`;
    const ttl = this.#options.ttlSeconds;
    return [...this.#services.keys()].map((service) => [
      { type: "PTR", class: "IN", name, ttl, data: `${service}.${domain}` } satisfies DnsRecord,
    ]);
  }

  #names(): readonly Advert[] {
    return [...this.#services.keys()].map((service) => createNameAdvert(service, this.#options));
  }

  #instance(name: string): Advert | undefined {
    for (const adverts of this.#services.values()) {
      const advert = adverts.get(name);
      if (advert !== undefined) return advert;
    }
    const service = instanceId(name, `.${allServices}`);
    return this.#services.has(service) ? createNameAdvert(service, this.#options) : undefined;
  }
}

// RFC 6763 §9.
const enumeration = "_services._dns-sd._udp";

/** As go-micro answers: an SRV brings its address, the rest stands alone. */
function askedFor(advert: Advert, domain: string, type: string): readonly DnsRecord[] {
  const { ttlSeconds } = advert;
  const address = addressRecord(advert, ttlSeconds);
  if (type === "ANY") return recordsOf(advert, domain);
  if (type === "SRV") return [serverRecord(advert, domain, ttlSeconds), address];
  if (type === "TXT") return [textRecord(advert, domain, ttlSeconds)];
  return type === address.type ? [address] : [];
}
