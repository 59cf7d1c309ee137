import type { ServiceRecord } from "@micro/kernel";
import { allServices } from "./advert.ts";
import { type Announcement, type AnnouncementFault, instanceId, readNode } from "./announcement.ts";
import { maxTtlSeconds, type ResolvedMdnsOptions } from "./options.ts";
import { RecordQuota } from "./record-quota.ts";
import type { MdnsStats } from "./stats.ts";

/** How a packet came: to everybody, or as the answer to a question of ours. */
export type Way = "group" | "answer";

/** Who is told what others announce. */
export interface NodeListener {
  /** A node is new, or not what it was. The record has this node alone. */
  found(record: ServiceRecord): void;
  /** A node said farewell, or, where it lapsed, was not heard of for too long. */
  lost(name: string, id: string, isLapsed: boolean): void;
}

/**
 * The nodes of others and the names of their services, each for as long as it was announced for, and each once,
 * however many domains it is in. Where a node says different things of itself in two domains, the one that says more
 * is believed for as long as it is announced there. Every method takes the time in milliseconds on one clock, so that
 * it can be tried without waiting.
 */
export class NodeCache {
  readonly #options: ResolvedMdnsOptions;
  readonly #stats: MdnsStats;
  readonly #listener: NodeListener;
  readonly #quota: RecordQuota;
  readonly #nodes = new Map<string, KnownNode>();
  readonly #names = new Map<string, Remembered>();
  readonly #gone = new Map<string, number>();
  readonly #verifyAt = new Map<string, number>();

  constructor(options: ResolvedMdnsOptions, stats: MdnsStats, listener: NodeListener) {
    this.#options = options;
    this.#stats = stats;
    this.#listener = listener;
    this.#quota = new RecordQuota(options.limits);
  }

  /** Takes in what a packet said of one instance. */
  accept(announcement: Announcement, source: string, way: Way, now: number): void {
    const fault = this.#accept(announcement, source, way, now);
    if (fault !== undefined) this.#stats[fault]++;
  }

  /** Takes in that a service of this name exists; a time to live of 0 says that it does not. */
  acceptName(name: string, ttl: number, source: string, now: number): void {
    const known = this.#names.get(name);
    if (ttl === 0) {
      if (known?.source === source) this.#forgetName(name);
    } else if (known !== undefined) {
      lengthen(known, lifeFrom(now, ttl));
    } else if (this.#quota.take(source)) {
      this.#names.set(name, { source, heardAt: now, ...lifeFrom(now, ttl) });
    } else {
      this.#stats.tooManyRecords++;
    }
  }

  /** The names that were announced as such, whether or not a node of them is known. */
  names(): Iterable<string> {
    return this.#names.keys();
  }

  /** Forgets an instance without telling: it is our own now. */
  forget(instance: string): void {
    const known = this.#nodes.get(instance);
    if (known === undefined) return;
    this.#nodes.delete(instance);
    this.#quota.give(known.source);
  }

  /**
   * Ends what ended by now and tells which names to ask for again, at most `most`, the rest next time: what has a
   * fifth of its life left, `_services` for names alone, and names a node of which said farewell.
   */
  sweep(now: number, most: number): readonly string[] {
    this.#expire(now);
    const asks = new Set<string>();
    for (const [name, at] of this.#verifyAt) {
      if (asks.size === most) break;
      if (at > now) continue;
      this.#verifyAt.delete(name);
      asks.add(name);
    }
    for (const known of this.#nodes.values()) {
      if (asks.size < most && known.askAt <= now) asks.add(known.record.name);
    }
    if (asks.size < most && [...this.#names.values()].some(({ askAt }) => askAt <= now)) asks.add(allServices);
    this.#postpone(asks, now);
    return [...asks];
  }

  #accept(announcement: Announcement, source: string, way: Way, now: number): keyof MdnsStats | undefined {
    const { instance, ttl } = announcement;
    if (instanceId(instance, `.${allServices}`) !== "") return undefined;
    const known = this.#nodes.get(instance);
    if (ttl === 0) return this.#acceptGoodbye(known, source, now);
    if (known !== undefined && isSame(known.announcement, announcement))
      return this.#renew(known, announcement, source, now);
    if (known !== undefined && known.source !== source) return "conflict";
    // Both ways in have queues of their own: an answer may be read after the farewell that was sent after it.
    if (way === "answer" && (this.#gone.get(instance) ?? 0) > now) return undefined;
    return known === undefined ? this.#learn(announcement, source, now) : this.#change(known, announcement, now);
  }

  #acceptGoodbye(known: KnownNode | undefined, source: string, now: number): keyof MdnsStats | undefined {
    if (known === undefined) return undefined;
    if (known.source !== source) return "foreignGoodbye";
    const { name } = known.record;
    this.#gone.set(known.announcement.instance, now + lateAnswerMs);
    // The farewell may be forged, and the name may have more nodes than we know: ask, once a true one is gone.
    this.#verifyAt.set(name, now + verifyAfterMs);
    this.#drop(known, false);
    if (![...this.#nodes.values()].some(({ record }) => record.name === name)) this.#forgetName(name);
    return undefined;
  }

  // The place is taken first, so that what would not be kept is not inflated either.
  #learn(announcement: Announcement, source: string, now: number): keyof MdnsStats | undefined {
    if (!this.#quota.take(source)) return "tooManyRecords";
    const record = this.#read(announcement);
    if (typeof record === "string") this.#quota.give(source);
    return typeof record === "string" ? record : this.#keep({ announcement, record, source }, now);
  }

  #change(known: KnownNode, announcement: Announcement, now: number): keyof MdnsStats | undefined {
    const record = this.#read(announcement);
    if (typeof record === "string") return record;
    if (!known.domains.has(announcement.domain) && !saysMore(record, known.record)) return undefined;
    if (!isSameNode(known.record, record)) this.#tellLost(known, false);
    return this.#keep({ announcement, record, source: known.source }, now);
  }

  #read(announcement: Announcement): ServiceRecord | AnnouncementFault {
    return readNode(announcement, this.#options.limits);
  }

  #keep(node: Pick<KnownNode, "announcement" | "record" | "source">, now: number): undefined {
    const { instance, domain, ttl } = node.announcement;
    this.#nodes.set(instance, { ...node, domains: new Set([domain]), heardAt: now, ...lifeFrom(now, ttl) });
    this.#gone.delete(instance);
    this.#listener.found(node.record);
  }

  // The source stays the one that announced it, which alone may change it or say farewell, until that one is silent
  // for a whole life: a host that is on two of our networks may lose one.
  #renew(known: KnownNode, { domain, ttl }: Announcement, source: string, now: number): undefined {
    known.domains.add(domain);
    if (known.source !== source && now - known.heardAt > maxTtlSeconds * 1000) this.#move(known, source);
    if (known.source === source) Object.assign(known, { heardAt: now, ...lifeFrom(now, ttl) });
    else lengthen(known, lifeFrom(now, ttl));
  }

  #move(known: KnownNode, source: string): void {
    if (!this.#quota.take(source)) return;
    this.#quota.give(known.source);
    known.source = source;
  }

  #expire(now: number): void {
    for (const known of this.#nodes.values()) if (known.expiresAt <= now) this.#drop(known, true);
    for (const [name, { expiresAt }] of this.#names) if (expiresAt <= now) this.#forgetName(name);
    for (const [instance, until] of this.#gone) if (until <= now) this.#gone.delete(instance);
  }

  #postpone(asked: ReadonlySet<string>, now: number): void {
    for (const known of this.#nodes.values()) {
      if (known.askAt <= now && asked.has(known.record.name)) known.askAt = now + known.askEveryMs;
    }
    if (!asked.has(allServices)) return;
    for (const known of this.#names.values()) if (known.askAt <= now) known.askAt = now + known.askEveryMs;
  }

  #drop(known: KnownNode, isLapsed: boolean): void {
    this.forget(known.announcement.instance);
    this.#tellLost(known, isLapsed);
  }

  #forgetName(name: string): void {
    const known = this.#names.get(name);
    if (known === undefined) return;
    this.#names.delete(name);
    this.#quota.give(known.source);
  }

  #tellLost({ record }: KnownNode, isLapsed: boolean): void {
    this.#listener.lost(record.name, nodeId(record), isLapsed);
  }
}

interface Life {
  expiresAt: number;
  /** When to ask whether it is still there, and how much later again. */
  askAt: number;
  askEveryMs: number;
}

interface Remembered extends Life {
  source: string;
  /** When its source last said so. */
  heardAt: number;
}

interface KnownNode extends Remembered {
  readonly announcement: Announcement;
  readonly record: ServiceRecord;
  /** The domains in which it says this of itself, so that what else it says there is a change. */
  readonly domains: Set<string>;
}

const lateAnswerMs = 250;

// A go-micro 2016 program answers for a moment after its farewell.
const verifyAfterMs = 500;

/** Asked for again at 80, 85, 90 and 95 % of its life, a little later at random, as RFC 6762 §5.2 has it. */
function lifeFrom(now: number, ttl: number): Life {
  const lifeMs = Math.min(ttl, maxTtlSeconds) * 1000;
  const askAt = now + lifeMs * (0.8 + Math.random() * 0.02);
  return { expiresAt: now + lifeMs, askAt, askEveryMs: lifeMs * 0.05 };
}

// Whoever is not the source must not shorten a life: that would be a farewell by another name.
function lengthen(known: Life, life: Life): void {
  if (life.expiresAt > known.expiresAt) Object.assign(known, life);
}

function isSame(left: Announcement, right: Announcement): boolean {
  return left.port === right.port && left.address === right.address && isSameText(left.text, right.text);
}

function isSameText(left: Announcement["text"], right: Announcement["text"]): boolean {
  if (left === undefined || right === undefined || left.length !== right.length) return false;
  return left.every((string, at) => Buffer.compare(string, right[at] as Uint8Array) === 0);
}

function saysMore(left: ServiceRecord, right: ServiceRecord): boolean {
  return saidBytes(left) > saidBytes(right);
}

function saidBytes({ endpoints, nodes }: ServiceRecord): number {
  return JSON.stringify([endpoints, nodes[0]?.metadata]).length;
}

function isSameNode(left: ServiceRecord, right: ServiceRecord): boolean {
  return left.name === right.name && nodeId(left) === nodeId(right);
}

function nodeId({ nodes }: ServiceRecord): string {
  return nodes[0]?.id ?? "";
}
