import type { Registry, RegistryEvent, RegistryWatch, ServiceRecord } from "@micro/kernel";
import {
  type Advert,
  addressOf,
  allServices,
  createAdvert,
  createNameAdvert,
  foundRecordsOf,
  instanceOf,
  recordsOf,
} from "./advert.ts";
import { readAnnouncements, readNames } from "./announcement.ts";
import { Announcer } from "./announcer.ts";
import { isDnsName, splitDomain } from "./dns-name.ts";
import type { DnsQuestion, DnsRecord, Source } from "./dns-record.ts";
import { unavailable } from "./errors.ts";
import { Lookups } from "./lookups.ts";
import { MdnsNetwork, type Trouble } from "./mdns-network.ts";
import { NodeCache, type Way } from "./node-cache.ts";
import { type MdnsOptions, type ResolvedMdnsOptions, resolveOptions } from "./options.ts";
import { ServiceTable } from "./service-table.ts";
import { createStats, type MdnsStats } from "./stats.ts";
import { describeTrouble } from "./trouble.ts";
import { Zone } from "./zone.ts";

/**
 * Finds services by multicast DNS, as go-micro does, without a server to run: who is on the same network sees each
 * other. It listens from when it is made, so that what it knows it answers at once. Programs of 2016 and later ones
 * are in different domains; it is in both.
 *
 * @example
 * const registry = new MdnsRegistry();
 * await registry.register(record);
 * const records = await registry.getService("go.micro.srv.greeter");
 * await registry.close();
 */
export class MdnsRegistry implements Registry {
  readonly name = "mdns";
  readonly settleMs = 250;
  readonly #options: ResolvedMdnsOptions;
  readonly #stats: MdnsStats = createStats();
  readonly #table: ServiceTable;
  readonly #zone: Zone;
  readonly #cache: NodeCache;
  readonly #network: MdnsNetwork;
  readonly #announcer: Announcer;
  readonly #lookups: Lookups;
  readonly #own = new Map<string, OwnNode>();
  readonly #watches = new Set<RegistryWatch>();
  readonly #answeredAt = new Map<string, number>();
  readonly #sweep: NodeJS.Timeout;
  #hasWarned = false;
  #closing: Promise<void> | undefined;

  /** @throws TypeError for an option that cannot be */
  constructor(options: MdnsOptions = {}) {
    this.#options = resolveOptions(options);
    this.#table = new ServiceTable((error) => this.#warn(`a listener of the registry failed: ${String(error)}`));
    this.#zone = new Zone(this.#options);
    this.#cache = new NodeCache(this.#options, this.#stats, {
      found: (record) => this.#found(record),
      lost: (name, id, isLapsed) => this.#table.remove(name, id, isLapsed),
    });
    this.#network = new MdnsNetwork(this.#options, this.#stats, {
      onQuestions: (questions, source) => this.#answer(questions, source),
      onRecords: (records, source, way) => this.#take(records, source, way),
      onInterfaces: () => this.#reintroduce(),
      onTrouble: (trouble, cause) => this.#warnOfTrouble(trouble, cause),
    });
    this.#announcer = new Announcer((advert, ttl) => this.#say(advert, ttl));
    this.#lookups = new Lookups((name) => this.#ask(name), this.#options.lookupTimeoutMs);
    this.#sweep = setInterval(() => this.#tend(), sweepMs).unref();
    this.#ask(allServices);
  }

  /** What came in so far, and why some of it was not used. */
  get stats(): Readonly<MdnsStats> {
    return this.#stats;
  }

  /**
   * Announces a node; resolves when the first announcement is out. The node's host may be a name, or one that stands
   * for all interfaces: others are then told an address of this machine.
   *
   * @throws MicroError 400 when DNS cannot carry the record, 503 when the registry is closed
   */
  async register(record: ServiceRecord): Promise<void> {
    this.#assertOpen();
    const advert = createAdvert(record, this.#options);
    const known = this.#own.get(advert.instance);
    const own = { advert, record: withAddress(record, addressOf(advert)) };
    this.#own.set(advert.instance, own);
    this.#cache.forget(advert.instance);
    this.#zone.add(advert);
    this.#table.set(own.record);
    this.#lookups.found(record.name);
    if (known === undefined || !isSameAdvert(known.advert, advert)) this.#announcer.announce(advert);
    await this.#network.flush();
  }

  async deregister(record: ServiceRecord): Promise<void> {
    this.#assertOpen();
    for (const { id } of record.nodes) {
      const own = this.#own.get(instanceOf(record.name, id, this.#options.domains));
      if (own?.record.version === record.version) this.#leave(own);
    }
    await this.#network.flush();
  }

  /**
   * What is known is answered at once. A name that was never heard is asked for, and answers waited for up to
   * `lookupTimeoutMs`; one that has no nodes any more for a quarter of that, and at most once a second.
   *
   * @throws MicroError 503 `registry_unavailable` when it is closed, or knows nothing of the name and cannot ask
   */
  getService(name: string): readonly ServiceRecord[] | Promise<readonly ServiceRecord[]> {
    this.#assertOpen();
    const known = this.#table.records(name);
    if (known.length > 0 || !this.#namesOf(name).every(isDnsName)) return known;
    return this.#lookups.isFresh(name, performance.now()) && this.#network.failure === undefined
      ? known
      : this.#lookUp(name);
  }

  /** The names of all services. It waits for answers for `lookupTimeoutMs` the first time, then for a quarter of it, at most once a second. */
  async listServices(): Promise<readonly string[]> {
    this.#assertOpen();
    await this.#network.opened();
    if (this.#network.failure === undefined) await this.#lookUpNames();
    const own = [...this.#own.values()].map(({ advert }) => advert.service);
    return [...new Set([...own, ...this.#table.names(), ...this.#cache.names()])].sort();
  }

  watch(listener: (event: RegistryEvent) => void): RegistryWatch {
    this.#assertOpen();
    const watch = this.#table.watch(listener);
    this.#watches.add(watch);
    return {
      close: () => {
        watch.close();
        this.#watches.delete(watch);
      },
    };
  }

  /** Says farewell for all its nodes and frees everything. Idempotent; after it every method throws. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#sweep);
    for (const watch of this.#watches) watch.close();
    for (const own of this.#own.values()) this.#leave(own);
    this.#announcer.close();
    this.#lookups.close();
    await this.#network.flush();
    await this.#network.close();
  }

  async #lookUp(name: string): Promise<readonly ServiceRecord[]> {
    await this.#network.opened();
    const { failure } = this.#network;
    if (failure !== undefined) throw unavailable(describeTrouble("cannotBind", this.#options, failure), failure);
    if (this.#lookups.size >= maxLookups)
      throw unavailable(`${maxLookups} names are being looked up already; try again`);
    await this.#lookups.wait(name, performance.now());
    return this.#table.records(name);
  }

  async #lookUpNames(): Promise<void> {
    const now = performance.now();
    if (!this.#lookups.isFresh(allServices, now)) await this.#lookups.wait(allServices, now);
  }

  #ask(name: string): void {
    this.#network.ask(this.#namesOf(name));
  }

  #namesOf(name: string): readonly string[] {
    return this.#options.domains.map((domain) => `${name}.${domain}`);
  }

  // A packet for each domain: go-micro makes one entry out of a packet, the last.
  #say(advert: Advert, ttl: number): void {
    for (const domain of this.#options.domains) this.#network.announce(recordsOf(advert, domain, ttl));
  }

  #answer(questions: readonly DnsQuestion[], source: Source): void {
    for (const question of withoutEchoes(questions, this.#options.domains)) {
      const answers = this.#zone.answers(question);
      if (answers.length === 0 || !this.#mayAnswer(question, source)) continue;
      this.#stats.answered++;
      for (const records of answers) this.#network.answer(records, source);
    }
  }

  // RFC 6762 §6: what everybody was told is not told to everybody again within a second.
  #mayAnswer({ name, type }: DnsQuestion, source: Source): boolean {
    if (source.port !== this.#options.port) return true;
    const key = `${type} ${name}`;
    if (this.#answeredAt.has(key)) return false;
    this.#answeredAt.set(key, performance.now());
    return true;
  }

  #take(records: readonly DnsRecord[], source: string, way: Way): void {
    const now = performance.now();
    const { domains } = this.#options;
    for (const announcement of readAnnouncements(records, domains)) {
      const own = this.#own.get(announcement.instance);
      if (own === undefined) this.#cache.accept(announcement, source, way, now);
      else if (announcement.port !== own.advert.port || announcement.address !== own.advert.address)
        this.#stats.conflict++;
    }
    for (const [name, ttl] of readNames(records, domains)) this.#cache.acceptName(name, ttl, source, now);
  }

  #found(record: ServiceRecord): void {
    this.#table.set(record);
    this.#lookups.found(record.name);
  }

  #leave({ advert, record }: OwnNode): void {
    this.#own.delete(advert.instance);
    this.#zone.remove(advert);
    for (const { id } of record.nodes) this.#table.remove(record.name, id);
    this.#announcer.goodbye(advert);
    if (!this.#zone.has(advert.service)) this.#sayNameGone(record.name);
  }

  // go-micro keeps no names, and says no such farewell; a registry that does would list this one for two minutes.
  #sayNameGone(name: string): void {
    const advert = createNameAdvert(name, this.#options);
    this.#network.announce(this.#options.domains.flatMap((domain) => foundRecordsOf(advert, domain, 0)));
  }

  #reintroduce(): void {
    for (const { advert } of this.#own.values()) this.#announcer.announce(advert);
    this.#ask(allServices);
  }

  #tend(): void {
    const now = performance.now();
    for (const name of this.#cache.sweep(now, asksPerSweep)) this.#ask(name);
    for (const [key, at] of this.#answeredAt) if (now - at >= 1000) this.#answeredAt.delete(key);
  }

  #warnOfTrouble(trouble: Trouble, cause: Error | undefined): void {
    if (this.#hasWarned || this.#closing !== undefined) return;
    this.#hasWarned = true;
    this.#warn(describeTrouble(trouble, this.#options, cause));
  }

  #warn(message: string): void {
    this.#options.log?.warn(message);
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw unavailable("the mdns registry is closed");
  }
}

interface OwnNode {
  readonly advert: Advert;
  /** As everybody sees it: with the address that others are told. */
  readonly record: ServiceRecord;
}

const sweepMs = 250;

// A hundred a second, far from what others take from one address.
const asksPerSweep = 25;

const maxLookups = 1000;

/**
 * Questions for one name in several of our domains are one question: who asks so in one packet is one of us, and
 * would be told the same twice.
 */
function withoutEchoes(questions: readonly DnsQuestion[], domains: readonly string[]): Iterable<DnsQuestion> {
  const byName = new Map<string, DnsQuestion>();
  for (const question of questions) {
    const key = `${question.type} ${splitDomain(question.name, domains)?.name}`;
    if (!byName.has(key)) byName.set(key, question);
  }
  return byName.values();
}

function withAddress(record: ServiceRecord, address: string): ServiceRecord {
  const copy = structuredClone(record);
  return { ...copy, nodes: copy.nodes.map((node) => ({ ...node, address })) };
}

function isSameAdvert(left: Advert, right: Advert): boolean {
  return addressOf(left) === addressOf(right) && Buffer.concat(left.text).equals(Buffer.concat(right.text));
}
