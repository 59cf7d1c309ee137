import type { Registry, RegistryEvent, RegistryWatch, ServiceRecord } from "@micro/kernel";
import { CoarseClock } from "./coarse-clock.ts";
import { EntryTable } from "./entry-table.ts";
import { cacheClosed, noAnswer, unavailable } from "./errors.ts";
import { Lookup } from "./lookup.ts";
import { tell } from "./observe.ts";
import { type CacheOptions, type Clock, type ResolvedCacheOptions, resolveOptions } from "./options.ts";
import { ServiceEntry } from "./service-entry.ts";

/** What a cache did since it was made, and what it has. */
export interface CacheStats {
  /** Services with nodes that are kept. */
  readonly services: number;
  /** Names that are kept as nobody's, or of which nothing is known yet. */
  readonly unknown: number;
  /** Answers from the cache. */
  readonly hits: number;
  /** Answers from the cache while the registry failed. */
  readonly stale: number;
  /** Answers that the registry had to be waited for, or that there were none. */
  readonly misses: number;
  /** Questions to the registry that nobody waited for. */
  readonly refreshes: number;
  /** Questions to the registry in all. */
  readonly lookups: number;
  /** Those of them that failed. */
  readonly failures: number;
  /** Nodes that were left out. */
  readonly evictions: number;
}

/**
 * The reading side of a registry with a memory: answers at once what it knows, keeps that fresh through the registry's
 * watch and by asking again in the background, and goes on with it while the registry fails.
 *
 * @example
 * const cached = new CachedRegistry(registry, { ttlMs: 30_000 });
 * const selector = cacheSelector(cached);
 * const node = await selector.pick({ service: "go.micro.srv.greeter", method: "Say.Hello", filters: [] });
 * cached.close();
 */
export class CachedRegistry {
  readonly #registry: Registry;
  readonly #options: ResolvedCacheOptions;
  readonly #clock: Clock;
  readonly #table: EntryTable;
  readonly #failing = new Set<ServiceEntry>();
  readonly #waited = new Set<Lookup>();
  /** The names of entries in doubt. */
  readonly #doubted = new Set<string>();
  readonly #counts = { hits: 0, stale: 0, misses: 0, refreshes: 0, lookups: 0, failures: 0, evictions: 0 };
  // Stands apart because comparing names costs a nanosecond and the table twenty.
  #latest: ServiceEntry | undefined;
  #watch: RegistryWatch | undefined;
  #recoveredAt = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  /**
   * Opens nothing: the registry is watched from the first question on, and it is not closed with the cache.
   *
   * @throws RangeError when an option is not a number that it can be
   */
  constructor(registry: Registry, options: CacheOptions = {}) {
    this.#registry = registry;
    this.#options = resolveOptions(options);
    this.#clock = options.clock ?? new CoarseClock();
    this.#table = new EntryTable(this.#options.maxServices, (entry) => this.#forget(entry));
  }

  get stats(): CacheStats {
    const { known, unknown } = this.#table.size;
    return { services: known, unknown, ...this.#counts };
  }

  /**
   * The records of a service, without the nodes that are left out for now; empty when nobody has it. Waits only for a
   * service of which nothing is known, and then everybody waits for one question.
   *
   * @throws MicroError 503 `registry_unavailable` when nothing is known and the registry cannot tell
   */
  getService(name: string): readonly ServiceRecord[] | Promise<readonly ServiceRecord[]> {
    const now = this.#clock.now();
    const latest = this.#latest;
    const entry = latest !== undefined && latest.name === name ? latest : this.#entryOf(name);
    return now < entry.dueAt ? this.#serve(entry) : this.#consider(entry, now);
  }

  /** All that is known of a service, with what is left out for now; `undefined` where nothing is. */
  everyNode(name: string): readonly ServiceRecord[] | undefined {
    return this.#table.peek(name)?.everyNode;
  }

  /**
   * Leaves an address of a service out, because it refused a connection or somebody else is there now: at once, for a
   * second at first, and each time twice as long up to 30 seconds. An announcement of the node ends that. Where all
   * addresses of a service are out, all are in. An address that is not known is no mistake.
   *
   * @param why in words for people; it is told on the diagnostics channel
   */
  evict(service: string, address: string, why: string): void {
    const entry = this.#table.peek(service);
    if (entry?.evict(address, this.#clock.now()) !== true) return;
    this.#place(entry);
    this.#counts.evictions++;
    tell("evict", service, `${address}: ${why}`);
  }

  /**
   * An address of a service took a call. Nothing comes of that but while the registry knows none of its nodes any more
   * and it is doubted that they left: then they stay for as long as they are heard of in this way. Without such a doubt
   * it costs a comparison.
   */
  confirm(service: string, address: string): void {
    if (this.#doubted.size > 0 && this.#doubted.has(service))
      this.#table.peek(service)?.confirm(address, this.#clock.now());
  }

  /** Ends the watch and forgets everything; who waits gets a 503. The registry stays open. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#watch?.close();
    for (const lookup of this.#waited) lookup.reject(cacheClosed());
    this.#waited.clear();
    this.#failing.clear();
    this.#doubted.clear();
    this.#table.clear();
    this.#latest = undefined;
    if (this.#clock instanceof CoarseClock) this.#clock.stop();
  }

  #entryOf(name: string): ServiceEntry {
    let entry = this.#table.get(name);
    if (entry === undefined) {
      entry = new ServiceEntry(name, this.#options);
      if (!this.#isClosed) this.#table.place(entry);
    }
    this.#latest = entry;
    return entry;
  }

  #serve(entry: ServiceEntry): readonly ServiceRecord[] {
    if (entry.error === undefined) {
      this.#counts.hits++;
      tell("hit", entry.name);
    } else {
      this.#counts.stale++;
      tell("stale", entry.name);
    }
    return entry.answer;
  }

  #consider(entry: ServiceEntry, now: number): readonly ServiceRecord[] | Promise<readonly ServiceRecord[]> {
    if (this.#isClosed) throw cacheClosed();
    entry.readmit(now);
    const isUsable = entry.isUsable(now);
    if (entry.askAt <= now) this.#renew(entry, now, isUsable);
    if (isUsable) return this.#serve(entry);
    this.#counts.misses++;
    tell("miss", entry.name);
    if (entry.isUsable(now)) return entry.answer;
    if (entry.isAsking) return this.#wait(entry, entry.lookup as Lookup);
    throw entry.error;
  }

  #renew(entry: ServiceEntry, now: number, isRefresh: boolean): void {
    if (entry.isAsking) {
      this.#fail(entry, entry.lookup as Lookup, this.#noAnswer(entry));
      return;
    }
    if (isRefresh) {
      this.#counts.refreshes++;
      tell("refresh", entry.name);
    }
    this.#ask(entry, now);
  }

  #ask(entry: ServiceEntry, now: number): void {
    const lookup = new Lookup();
    entry.begin(lookup, now);
    this.#counts.lookups++;
    try {
      // Before the question, so that no change falls between the two.
      this.#watch ??= this.#registry.watch((event) => this.#hear(event));
      const found = this.#registry.getService(entry.name);
      if (found instanceof Promise) this.#acceptLater(entry, lookup, found);
      else this.#accept(entry, lookup, found);
    } catch (error) {
      this.#fail(entry, lookup, error);
    }
  }

  #acceptLater(entry: ServiceEntry, lookup: Lookup, found: Promise<readonly ServiceRecord[]>): void {
    found
      .then((records) => this.#accept(entry, lookup, records))
      .catch((error: unknown) => this.#fail(entry, lookup, error));
  }

  #accept(entry: ServiceEntry, lookup: Lookup, found: readonly ServiceRecord[]): void {
    if (this.#isClosed || entry.lookup !== lookup) return;
    if (!Array.isArray(found)) throw new TypeError("its answer is no list of records");
    const now = this.#clock.now();
    entry.accept(found, now);
    this.#place(entry);
    this.#failing.delete(entry);
    this.#recover(now);
    this.#waited.delete(lookup);
    lookup.resolve(entry.answer);
  }

  #fail(entry: ServiceEntry, lookup: Lookup, cause: unknown): void {
    if (this.#isClosed || entry.lookup !== lookup || lookup.isOver) return;
    const error = unavailable(this.#registry.name, entry.name, cause);
    this.#counts.failures++;
    entry.fail(error, this.#clock.now());
    if (this.#table.peek(entry.name) === entry) this.#failing.add(entry);
    this.#waited.delete(lookup);
    lookup.reject(error);
  }

  #wait(entry: ServiceEntry, lookup: Lookup): Promise<readonly ServiceRecord[]> {
    this.#waited.add(lookup);
    return lookup.wait(this.#options.lookupTimeoutMs, () => this.#fail(entry, lookup, this.#noAnswer(entry)));
  }

  #noAnswer({ name }: ServiceEntry): Error {
    return noAnswer(this.#registry.name, name, this.#options.lookupTimeoutMs);
  }

  #hear(event: RegistryEvent): void {
    if (this.#isClosed) return;
    const now = this.#clock.now();
    const entry = this.#table.peek(event.service.name);
    if (entry !== undefined) {
      entry.apply(event, now);
      this.#place(entry);
    }
    this.#recover(now);
  }

  // The registry works again, which those need not find out each for itself whose turn would come in half a minute.
  #recover(now: number): void {
    if (this.#failing.size === 0 || now - this.#recoveredAt < 1000) return;
    this.#recoveredAt = now;
    for (const entry of this.#failing) entry.retrySoon(now);
  }

  #place(entry: ServiceEntry): void {
    this.#table.place(entry);
    if (entry.isInDoubt) this.#doubted.add(entry.name);
    else this.#doubted.delete(entry.name);
  }

  #forget(entry: ServiceEntry): void {
    this.#failing.delete(entry);
    this.#doubted.delete(entry.name);
    tell("evict", entry.name, `more than ${this.#options.maxServices} services are asked for`);
  }
}
