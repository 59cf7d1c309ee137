import type { MicroError, RegistryEvent, ServiceRecord } from "@micro/kernel";
import { applyEvent, isEmpty, unlessEqual, withoutNodes } from "./apply-event.ts";
import { backoffMs, jittered } from "./backoff.ts";
import { Holds } from "./holds.ts";
import type { Lookup } from "./lookup.ts";
import type { ResolvedCacheOptions } from "./options.ts";

/**
 * What is known of one service, and until when. It knows the rules and does nothing by itself: it asks nobody, reads
 * no clock and has no timer.
 */
export class ServiceEntry {
  readonly name: string;
  /** What picks are made from. The same array until something changes. */
  answer: readonly ServiceRecord[] = nothing;
  /** Until then `answer` can be given without another look, which is all that a pick of a known service compares. */
  dueAt: number = never;
  /** When the registry may be asked again. */
  askAt: number = never;
  /** The last question to the registry, until it is answered. */
  lookup: Lookup | undefined = undefined;
  /** What the registry failed with, when it failed last. */
  error: MicroError | undefined = undefined;
  /** What the registry said, with the nodes that are left out of `answer`. */
  #known: readonly ServiceRecord[] | undefined = undefined;
  #usableUntil = never;
  #failures = 0;
  #failedAt = never;
  /** Since when there is nobody but nodes of which it is to be doubted that they left. */
  #emptySince: number | undefined = undefined;
  #answeredAt = never;
  /** The ids of nodes that were not heard of in time and did not say that they leave. */
  readonly #lapsed = new Set<string>();
  #holds: Holds | undefined = undefined;
  readonly #options: ResolvedCacheOptions;

  constructor(name: string, options: ResolvedCacheOptions) {
    this.name = name;
    this.#options = options;
  }

  /** Whether `answer` may be given at that time. */
  isUsable(now: number): boolean {
    return now < this.#usableUntil;
  }

  /** Whether a question is on its way that may still be answered in time. */
  get isAsking(): boolean {
    return this.lookup !== undefined && !this.lookup.isOver;
  }

  /** Whether nodes of the service are known. */
  get hasNodes(): boolean {
    return this.#known !== undefined && !isEmpty(this.#known);
  }

  /** Whether only nodes are known of which it is to be doubted that they left. */
  get isInDoubt(): boolean {
    return this.#emptySince !== undefined;
  }

  /** All that is known, while some of it is left out of `answer`. */
  get everyNode(): readonly ServiceRecord[] | undefined {
    return this.#known === this.answer ? undefined : this.#known;
  }

  /** A question goes out. */
  begin(lookup: Lookup, now: number): void {
    this.lookup = lookup;
    this.askAt = now + this.#options.lookupTimeoutMs;
    this.#plan(now);
  }

  /** The registry answered. */
  accept(found: readonly ServiceRecord[], now: number): void {
    // The answer may be older than what was heard since the question.
    const records = this.lookup?.events.reduce(applyEvent, found) ?? found;
    this.lookup = undefined;
    this.error = undefined;
    this.#failures = 0;
    if (isEmpty(records) && this.#holdsOn(now)) this.askAt = now + this.#jittered(this.#options.negativeTtlMs);
    else this.#believe(records, now);
    this.#plan(now);
  }

  /** The registry could not tell. What is known stays, and the next question waits longer each time. */
  fail(error: MicroError, now: number): void {
    this.error = error;
    this.#failures++;
    this.#failedAt = now;
    this.askAt = now + backoffMs(this.#failures, this.#options.random);
    this.#plan(now);
  }

  /** The registry can tell again: the next question need not wait longer than after a first failure. */
  retrySoon(now: number): void {
    if (this.isAsking) return;
    const { random } = this.#options;
    // Not all services at one moment.
    const soon = Math.max(now + 1000 * random(), this.#failedAt + backoffMs(1, random));
    this.askAt = Math.min(this.askAt, soon);
    this.#plan(now);
  }

  /** The registry told of a change. */
  apply(event: RegistryEvent, now: number): void {
    this.lookup?.note(event);
    if (this.#known === undefined) return;
    if (event.action !== "delete") {
      this.#emptySince = undefined;
      for (const { id, address } of event.service.nodes) {
        this.#holds?.release(address);
        this.#lapsed.delete(id);
      }
    }
    if (event.action === "delete" && event.isLapsed === true) this.#doubt(event, now);
    else this.#become(applyEvent(this.#known, event), now);
    this.#plan(now);
  }

  /** A node took a call. While it is doubted whether anybody is there, that is what counts. */
  confirm(address: string, now: number): void {
    if (this.#known?.some(({ nodes }) => nodes.some((node) => node.address === address)) === true)
      this.#answeredAt = now;
  }

  /** A node cannot take calls. False when it is not known here, or left out already. */
  evict(address: string, now: number): boolean {
    const isOut = (node: { readonly address: string }): boolean => node.address === address;
    if (this.#known?.some(({ nodes }) => nodes.some(isOut)) !== true) return false;
    if (this.#emptySince !== undefined) {
      // Neither the registry nor the node itself says that it is there.
      this.#become(withoutNodes(this.#known, isOut), now);
    } else {
      this.#holds ??= new Holds(this.#options.random);
      if (!this.#holds.add(address, now)) return false;
      this.#become(this.#known, now);
    }
    this.#plan(now);
    return true;
  }

  /** Takes back the nodes that were left out for long enough. */
  readmit(now: number): void {
    if (this.#holds === undefined || this.#known === undefined) return;
    this.#become(this.#known, now);
    this.#plan(now);
  }

  /**
   * Whether an answer without any node is one to doubt: there were some, and no event told that they left. A registry
   * that lost its memory answers like that while all nodes are well, and so does one that none of them reaches. For as
   * long as they take calls they are there, whatever it says. What refuses a connection goes all the same.
   */
  #holdsOn(now: number): boolean {
    if (!this.hasNodes) return false;
    this.#emptySince ??= now;
    return now - Math.max(this.#emptySince, this.#answeredAt) < this.#options.emptyHoldMs;
  }

  /** Nodes lapsed: the others take their calls. Without others they do, for as long as that goes well. */
  #doubt({ service }: RegistryEvent, now: number): void {
    for (const { id } of service.nodes) this.#lapsed.add(id);
    const known = this.#known ?? nothing;
    if (this.#emptySince === undefined && this.hasNodes && isEmpty(withoutNodes(known, this.#isLapsed))) {
      this.#emptySince = now;
      this.askAt = now + this.#jittered(this.#options.negativeTtlMs);
    }
    this.#become(known, now);
  }

  readonly #isLapsed = ({ id }: { readonly id: string }): boolean => this.#lapsed.has(id);

  #believe(records: readonly ServiceRecord[], now: number): void {
    const { ttlMs, negativeTtlMs, staleIfErrorMs } = this.#options;
    this.#emptySince = undefined;
    this.#lapsed.clear();
    this.#become(this.#known === undefined ? records : unlessEqual(this.#known, records), now);
    this.askAt = now + this.#jittered(this.hasNodes ? ttlMs : negativeTtlMs);
    this.#usableUntil = this.hasNodes ? Math.max(this.askAt, now + staleIfErrorMs) : this.askAt;
  }

  #become(records: readonly ServiceRecord[], now: number): void {
    const hadNodes = this.hasNodes;
    this.#known = records;
    this.#holds?.prune(records, now);
    const left = this.#leftOf(records, now);
    this.answer = left === records ? records : unlessEqual(this.answer, left);
    if (hadNodes === this.hasNodes) return;
    if (hadNodes) this.askAt = this.#usableUntil = now + this.#jittered(this.#options.negativeTtlMs);
    else this.#usableUntil = now + Math.max(this.#options.ttlMs, this.#options.staleIfErrorMs);
  }

  #leftOf(records: readonly ServiceRecord[], now: number): readonly ServiceRecord[] {
    if (this.#lapsed.size === 0) return this.#holds?.apply(records, now) ?? records;
    const heard = withoutNodes(records, this.#isLapsed);
    if (heard === records) this.#lapsed.clear();
    const left = isEmpty(heard) ? records : heard;
    return this.#holds?.apply(left, now) ?? left;
  }

  #plan(now: number): void {
    this.dueAt = Math.min(this.askAt, this.#usableUntil, this.#holds?.nextEnd(now) ?? this.askAt);
  }

  #jittered(ms: number): number {
    return jittered(ms, this.#options.random);
  }
}

const nothing: readonly ServiceRecord[] = Object.freeze([]);
const never = Number.NEGATIVE_INFINITY;
