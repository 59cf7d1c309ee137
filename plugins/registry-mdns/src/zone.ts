import type { Advert } from "./advert.ts";
import { addressRecord, createNameAdvert, foundRecordsOf, recordsOf, serverRecord, textRecord } from "./advert.ts";
import { instanceId } from "./announcement.ts";
import type { DnsQuestion, DnsRecord } from "./dns-record.ts";
import type { ResolvedMdnsOptions } from "./options.ts";

/** The names that this process answers for. */
export class Zone {
  readonly #options: ResolvedMdnsOptions;
  readonly #enumeration: string;
  readonly #services = new Map<string, Map<string, Advert>>();

  constructor(options: ResolvedMdnsOptions) {
    this.#options = options;
    this.#enumeration = `_services._dns-sd._udp.${options.domain}`;
  }

  /** Answers for an advert from now on; one of the same instance is replaced. */
  add(advert: Advert): void {
    const adverts = this.#services.get(advert.serviceAddress) ?? new Map<string, Advert>();
    this.#services.set(advert.serviceAddress, adverts.set(advert.instance, advert));
  }

  /** Does not answer for it any more. */
  remove({ serviceAddress, instance }: Advert): void {
    const adverts = this.#services.get(serviceAddress);
    if (adverts?.delete(instance) && adverts.size === 0) this.#services.delete(serviceAddress);
  }

  /** Whether it answers for a service. */
  has(serviceAddress: string): boolean {
    return this.#services.has(serviceAddress);
  }

  /**
   * The answers to a question, each a packet of its own: go-micro 2016 makes one entry out of a packet, the last.
   * None when the question is not about us.
   */
  answers({ name, type }: DnsQuestion): readonly (readonly DnsRecord[])[] {
    const isPointer = type === "PTR" || (type as string) === "ANY";
    if (isPointer && name === this.#enumeration) return this.#enumerate();
    if (isPointer && name === `_services.${this.#options.domain}`)
      return this.#names().map((advert) => foundRecordsOf(advert));
    if (isPointer && this.#services.has(name))
      return [...(this.#services.get(name)?.values() ?? [])].map((advert) => foundRecordsOf(advert));
    const advert = this.#instance(name);
    return advert === undefined ? [] : [askedFor(advert, type)].filter((records) => records.length > 0);
  }

  #enumerate(): readonly (readonly DnsRecord[])[] {
    const ttl = this.#options.ttlSeconds;
    return [...this.#services.keys()].map((data) => [
      { type: "PTR", class: "IN", name: this.#enumeration, ttl, data } satisfies DnsRecord,
    ]);
  }

  #names(): readonly Advert[] {
    const suffix = `.${this.#options.domain}`;
    return [...this.#services.keys()].map((name) => createNameAdvert(name.slice(0, -suffix.length), this.#options));
  }

  #instance(name: string): Advert | undefined {
    for (const adverts of this.#services.values()) {
      const advert = adverts.get(name);
      if (advert !== undefined) return advert;
    }
    return this.#nameInstance(name);
  }

  #nameInstance(name: string): Advert | undefined {
    const { domain } = this.#options;
    const service = instanceId(name, `._services.${domain}`);
    return this.#services.has(`${service}.${domain}`) ? createNameAdvert(service, this.#options) : undefined;
  }
}

/** As go-micro answers: an SRV brings its address, the rest stands alone. */
function askedFor(advert: Advert, type: string): readonly DnsRecord[] {
  const { ttlSeconds } = advert;
  const address = addressRecord(advert, ttlSeconds);
  if (type === "ANY") return recordsOf(advert);
  if (type === "SRV") return [serverRecord(advert, ttlSeconds), address];
  if (type === "TXT") return [textRecord(advert, ttlSeconds)];
  return type === address.type ? [address] : [];
}
