import { setTimeout as sleep } from "node:timers/promises";
import type { RegistryEvent, RegistryWatch, ServiceRecord } from "@micro/kernel";
import { isSegment, RecordReader } from "./consul-record.ts";
import { ConsulFailure, cannotTell, describeFailure } from "./errors.ts";
import { HeldNodes } from "./held-nodes.ts";
import type { ConsulAnswer, ConsulRequest } from "./http-client.ts";
import type { Link } from "./link.ts";
import type { ResolvedConsulOptions } from "./options.ts";
import { Poll, type PollTarget } from "./poll.ts";
import { nothing, ServiceTable } from "./service-table.ts";
import type { ConsulStats } from "./stats.ts";
import { Sweep } from "./sweep.ts";
import { hasVersion } from "./tags.ts";
import type { ThrottledLog } from "./throttled-log.ts";

/**
 * What is known of services, and how it is kept true with few connections for any number of them.
 *
 * Consul tells what changed for one service at a time, and of all at once only that something did. So the few services
 * that are used most have a held question each. For the others two more questions are held, one for all checks, whose
 * answer is made empty by a filter, and one for the names with their tags; when one returns, the services that somebody
 * uses are looked at, and where somebody watches all of them the rest behind. A look at a service that did not change
 * costs Consul a fifth of a millisecond, so after each round as much time passes as keeps that to a tenth.
 */
export class Directory {
  readonly #options: ResolvedConsulOptions;
  readonly #stats: ConsulStats;
  readonly #log: ThrottledLog;
  readonly #link: Link;
  readonly #reader: RecordReader;
  readonly #table: ServiceTable;
  readonly #held: HeldNodes;
  readonly #sweep: Sweep = new Sweep((name) => this.#look(name));
  readonly #known = new Map<string, KnownService>();
  readonly #absent = new Map<string, number>();
  readonly #lookups = new Map<string, Promise<readonly ServiceRecord[]>>();
  /** All names, with their tags as one number, from when they were first told. */
  #names: ReadonlyMap<string, number> | undefined;
  readonly #followed: (KnownService | undefined)[] = Array.from({ length: followers }, () => undefined);
  readonly #followPolls: readonly Poll[];
  readonly #checksPoll: Poll;
  readonly #namesPoll: Poll;
  #checksIndex = 0;
  #isClosed = false;

  constructor(options: ResolvedConsulOptions, stats: ConsulStats, log: ThrottledLog, link: Link) {
    this.#options = options;
    this.#stats = stats;
    this.#log = log;
    this.#link = link;
    this.#reader = new RecordReader(options, stats);
    this.#table = new ServiceTable((error) => log.warn("listener", `a listener of the registry failed: ${error}`));
    this.#held = new HeldNodes(options.minHoldMs, (names) => this.#urgeAll(names));
    this.#followPolls = this.#followed.map((_, slot) => this.#followPoll(slot));
    this.#checksPoll = this.#poll({ next: () => checksTarget, onChange: (answer) => this.#checksChanged(answer) });
    this.#namesPoll = this.#poll({ next: () => namesTarget, onChange: (answer) => this.#namesChanged(answer) });
    link.beforeReturn((ask, hasStopped) => this.#checkState(ask, hasStopped));
    link.onReturn(() => this.#resync());
  }

  /** As {@link Registry.getService}. */
  getService(name: string): readonly ServiceRecord[] | Promise<readonly ServiceRecord[]> {
    const known = this.#known.get(name);
    if (known !== undefined) {
      if (known.uses++ === 0) this.#follow(name);
      return this.#table.records(name);
    }
    if (!isSegment(name)) return nothing;
    const absentUntil = this.#absent.get(name);
    if (absentUntil !== undefined && performance.now() < absentUntil && this.#link.failure === undefined)
      return nothing;
    return this.#lookUp(name);
  }

  /** All names, sorted; those last heard while Consul is away. */
  async listServices(): Promise<readonly string[]> {
    try {
      const answer = await this.#link.ask({ ...namesTarget, timeoutMs: listLimitMs });
      return [...this.#readNames(answer).keys()].sort();
    } catch (error) {
      if (this.#names === undefined) throw cannotTell("which services there are", error, this.#options);
      return [...this.#names.keys()].sort();
    }
  }

  /** As {@link Registry.watch}: every node is told when it is first seen, too. */
  watch(listener: (event: RegistryEvent) => void): RegistryWatch {
    const watch = this.#table.watch(listener);
    this.#checksPoll.start();
    this.#namesPoll.start();
    this.#trailAll();
    return watch;
  }

  /** Something of our own changed: what is remembered of the name is looked at again. */
  refresh(name: string, goneId?: string): void {
    this.#absent.delete(name);
    if (goneId !== undefined) this.#held.release(name, goneId);
    if (this.#known.has(name)) this.#sweep.urge(name);
  }

  close(): void {
    this.#isClosed = true;
    for (const poll of [...this.#followPolls, this.#checksPoll, this.#namesPoll]) poll.close();
    this.#sweep.close();
    this.#held.close();
    this.#known.clear();
    this.#absent.clear();
  }

  #lookUp(name: string): Promise<readonly ServiceRecord[]> {
    const underway = this.#lookups.get(name);
    if (underway !== undefined) return underway;
    const limitMs = this.#options.lookupTimeoutMs;
    const lookup = this.#askFor(name, limitMs)
      .then(() => this.#table.records(name))
      .catch((error: unknown) => {
        // What was found by a watch in the meantime is as good.
        const records = this.#table.records(name);
        if (records.length > 0) return records;
        throw cannotTell(`where "${name}" runs`, error, this.#options);
      })
      .finally(() => this.#lookups.delete(name));
    this.#lookups.set(name, lookup);
    return lookup;
  }

  async #askFor(name: string, timeoutMs: number): Promise<void> {
    const askedAt = performance.now();
    const answer = await within(timeoutMs, this.#link.ask({ path: pathOf(name), timeoutMs }));
    if (this.#isClosed) return;
    this.#adopt(name, answer, askedAt, true);
    this.#checksPoll.start();
    if (!this.#follow(name)) this.#namesPoll.start();
  }

  // For the sweep, which tries again at the next change.
  async #look(name: string): Promise<void> {
    const askedAt = performance.now();
    try {
      const answer = await this.#link.ask({ path: pathOf(name), timeoutMs: lookLimitMs });
      if (!this.#isClosed) this.#adopt(name, answer, askedAt, false);
    } catch (error) {
      if (this.#isClosed || this.#link.failure !== undefined) return;
      this.#warnOf(error);
      // In this place, so that the whole sweep goes slower while Consul has trouble.
      await sleep(lookAgainMs, undefined, { ref: false });
      if (!this.#isClosed) this.#sweep.urge(name);
    }
  }

  #adopt(name: string, answer: ConsulAnswer, askedAt: number, isAsked: boolean): void {
    const known = this.#known.get(name);
    const index = Number.isSafeInteger(answer.index) ? answer.index : 0;
    if (known?.isSure === true && known.index === index && index > 0) return;
    const isBackwards = known !== undefined && index > 0 && index < known.index;
    // Two answers on two connections may overtake each other: the older one was asked for before the newer one came.
    if (isBackwards && askedAt < known.adoptedAt) return;
    const reading = this.#reader.read(name, parseJson(answer.text));
    if (reading === undefined) throw this.#garbled("its answer is no list of nodes");
    const { found, lapsed } = reading;
    if (isBackwards) this.#lostState();
    this.#warnOfSkipped();
    if (found.size === 0 && answer.deniesByDefault && this.#options.token === "") this.#warnOfNoToken();
    const nodes = this.#held.apply(name, this.#table.nodes(name), found);
    if (nodes.size === 0 && !this.#isWorthKeeping(name, known)) this.#setAbsent(name);
    else this.#setKnown(name, index, isAsked);
    this.#table.set(name, nodes, lapsed);
  }

  #setKnown(name: string, index: number, isAsked: boolean): void {
    this.#absent.delete(name);
    const known = this.#known.get(name);
    const adoptedAt = performance.now();
    if (known !== undefined) {
      Object.assign(known, { index, adoptedAt, isSure: true, uses: known.uses + Number(isAsked) });
      return;
    }
    if (this.#known.size >= this.#options.limits.services) this.#forgetLeastUsed();
    this.#known.set(name, { name, index, adoptedAt, isSure: true, uses: Number(isAsked) });
    this.#stats.services = this.#known.size;
  }

  #setAbsent(name: string): void {
    if (this.#known.delete(name)) this.#stats.services = this.#known.size;
    if (this.#absent.size >= maxAbsent) this.#absent.delete(this.#absent.keys().next().value as string);
    this.#absent.set(name, performance.now() + absentMs * (1 + Math.random() / 4));
  }

  // A service in use whose nodes are all gone is the one whose return is waited for.
  #isWorthKeeping(name: string, known: KnownService | undefined): boolean {
    return known !== undefined && this.#followed.some((followed) => followed?.name === name);
  }

  #forgetLeastUsed(): void {
    let least: KnownService | undefined;
    for (const known of this.#known.values()) {
      if (!this.#followed.includes(known) && (least === undefined || known.uses < least.uses)) least = known;
      if (least?.uses === 0) break;
    }
    if (least === undefined) return;
    this.#known.delete(least.name);
    this.#table.forget(least.name);
  }

  /** Gives a service a question of its own where one is free; false when there is none. */
  #follow(name: string): boolean {
    if (this.#followed.some((followed) => followed?.name === name)) return true;
    const slot = this.#followed.indexOf(undefined);
    const known = this.#known.get(name);
    if (slot < 0 || known === undefined) return false;
    this.#followed[slot] = known;
    this.#followPolls[slot]?.start();
    return true;
  }

  #followPoll(slot: number): Poll {
    return this.#poll({
      next: () => {
        this.#followMostUsed(slot);
        const name = this.#followed[slot]?.name;
        return name === undefined ? undefined : { path: pathOf(name) };
      },
      onChange: (answer, _target, askedAt) => {
        const followed = this.#followed[slot];
        if (followed !== undefined) this.#adopt(followed.name, answer, askedAt, false);
        return followRestMs;
      },
    });
  }

  // Whenever a question comes back, at the latest after a minute: the one that is used most has it from then on.
  #followMostUsed(slot: number): void {
    const current = this.#followed[slot];
    let most = current;
    for (const known of this.#known.values()) {
      if (known.uses > (most?.uses ?? 0) && !this.#followed.includes(known)) most = known;
    }
    if (current !== undefined) current.uses /= 2;
    this.#followed[slot] = most;
    if (current !== undefined && current !== most && this.#table.records(current.name).length === 0)
      this.#setAbsent(current.name);
  }

  #checksChanged({ index, text }: ConsulAnswer): number {
    if (!Array.isArray(parseJson(text))) throw this.#garbled("its answer is no list of checks");
    if (index < this.#checksIndex) this.#lostState();
    this.#checksIndex = index;
    return this.#somethingChanged();
  }

  // The answer for one service may be beyond what was known of it already, when others have registered again.
  async #checkState(ask: (request: ConsulRequest) => Promise<ConsulAnswer>, hasStopped: boolean): Promise<void> {
    if (this.#known.size === 0) return;
    // An agent that was started again may have lost its own services alone, while the index of the others goes on.
    if (hasStopped) this.#held.begin(this.#known.keys());
    const { index } = await ask({ ...checksTarget, timeoutMs: checkLimitMs });
    if (index < this.#checksIndex) this.#lostState();
    this.#checksIndex = index;
  }

  /** Returns how long to rest until more changes are looked at. */
  #somethingChanged(): number {
    this.#absent.clear();
    let count = 0;
    for (const { name, uses } of this.#known.values()) {
      if (uses === 0 || this.#followed.some((followed) => followed?.name === name)) continue;
      this.#sweep.urge(name);
      count++;
    }
    this.#trailAll();
    return Math.max(followRestMs, count * msPerLook);
  }

  #namesChanged(answer: ConsulAnswer): number {
    const before = this.#names;
    const names = this.#readNames(answer);
    this.#names = names;
    const isWatched = this.#table.watchers > 0;
    for (const [name, tags] of names) {
      if (before?.get(name) !== tags && before !== undefined && (isWatched || this.#known.has(name)))
        this.#sweep.urge(name);
    }
    for (const name of before?.keys() ?? []) if (!names.has(name) && this.#known.has(name)) this.#sweep.urge(name);
    this.#somethingChanged();
    return Math.max(followRestMs, answer.text.length / bytesPerMs);
  }

  // Names without a version in their tags are other people's services.
  #trailAll(): void {
    if (this.#table.watchers === 0 || this.#names === undefined) return;
    const ours = [...this.#names].filter(([, tags]) => tags !== foreignTags).map(([name]) => name);
    this.#sweep.trail(ours);
  }

  #lostState(): void {
    this.#stats.stateLosses++;
    // One loss is seen in the answers for many services.
    if (this.#held.isHolding) return;
    this.#held.begin(this.#known.keys());
    this.#log.warn("lost", "Consul lost what it knew; the nodes known are kept until they are registered again");
    this.#resync();
  }

  #resync(): void {
    this.#absent.clear();
    for (const known of this.#known.values()) known.isSure = false;
    this.#urgeAll([...this.#known.values()].filter(({ uses }) => uses > 0).map(({ name }) => name));
    this.#sweep.trail(this.#known.keys());
  }

  #urgeAll(names: Iterable<string>): void {
    for (const name of names) {
      const known = this.#known.get(name);
      if (known !== undefined) known.isSure = false;
      this.#sweep.urge(name);
    }
  }

  #readNames({ text }: ConsulAnswer): ReadonlyMap<string, number> {
    const names = readNames(text);
    if (names === undefined) throw this.#garbled("its answer is no list of services");
    return names;
  }

  #garbled(message: string): ConsulFailure {
    this.#stats.failures++;
    return new ConsulFailure("garbled", message);
  }

  #poll(given: {
    next: () => PollTarget | undefined;
    onChange: (answer: ConsulAnswer, target: PollTarget, askedAt: number) => number;
  }): Poll {
    return new Poll({
      link: this.#link,
      waitMs: this.#options.waitMs,
      onTrouble: (error) => this.#warnOf(error),
      ...given,
    });
  }

  #warnOf(error: unknown): void {
    if (this.#isClosed) return;
    const text = describeFailure(error, this.#options);
    this.#log.warn("answer", `Consul's answer is of no use, what is known is kept: ${text}`);
  }

  #warnOfSkipped(): void {
    const { badNode, badTag, tagTooBig, tooManyNodes } = this.#stats;
    if (badNode + badTag + tagTooBig + tooManyNodes === 0) return;
    this.#log.warn("skipped", "Consul holds what cannot be read, and it is passed over", {
      badNode,
      badTag,
      tagTooBig,
      tooManyNodes,
    });
  }

  #warnOfNoToken(): void {
    this.#log.warn("token", "Consul shows nothing without a token; give one as MICRO_CONSUL_TOKEN");
  }
}

/** A service that is kept up to date. */
interface KnownService {
  readonly name: string;
  /** Consul's index of what is known. */
  index: number;
  /** When that came, in milliseconds. */
  adoptedAt: number;
  /** Whether the same index means that nothing changed: not after Consul was away, or while nodes are held. */
  isSure: boolean;
  /** How often it was asked for, halved now and then; 0 for one that is known for the sake of watchers alone. */
  uses: number;
}

// With those for all checks and for the names five questions are held.
const followers = 3;

const namesTarget: PollTarget = { path: "/v1/catalog/services" };

// No check has this name, so that what returns is an index and two brackets.
const checksTarget: PollTarget = { path: "/v1/health/state/any", query: { filter: 'CheckID == "~"' } };

const listLimitMs = 5000;
const lookLimitMs = 5000;
const checkLimitMs = 1000;
const lookAgainMs = 1000;

const absentMs = 2000;
const maxAbsent = 1024;

// Ten changes a second of one service are told one by one; of more, the last.
const followRestMs = 20;
const msPerLook = 2;

// The answer of names costs Consul about a tenth of a second for each 5 MB.
const bytesPerMs = 2000;

function pathOf(name: string): string {
  return `/v1/health/service/${encodeURIComponent(name)}`;
}

/** The names of services, each with its tags as one number; `undefined` when it is no such answer. */
function readNames(text: string): ReadonlyMap<string, number> | undefined {
  const body = parseJson(text);
  if (typeof body !== "object" || body === null || Array.isArray(body)) return undefined;
  return new Map(Object.entries(body).map(([name, tags]) => [name, numberOf(tags)]));
}

const foreignTags = 0;

function numberOf(tags: unknown): number {
  if (!Array.isArray(tags) || !hasVersion(tags)) return foreignTags;
  let number = 1;
  for (const tag of tags.toSorted()) {
    const text = String(tag);
    for (let at = 0; at < text.length; at++) number = (Math.imul(number, 31) + text.charCodeAt(at)) | 0;
  }
  return number === foreignTags ? 1 : number;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    const late = new ConsulFailure("unreachable", `Consul does not answer within ${limitMs} ms`);
    timer = setTimeout(() => reject(late), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
