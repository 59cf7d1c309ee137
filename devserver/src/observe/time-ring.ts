import { bucketCount } from "./latency.ts";

/** What was counted over some time. */
export interface Counts {
  count: number;
  errors: number;
  items: number;
  /** How many of the calls took how long, by {@link bucketOf}. */
  readonly buckets: Float64Array;
}

const slotWidth = 3 + bucketCount;

/** Counts of the last slots of time, each of the same length, in one array that never grows. */
export class TimeRing {
  readonly slotMs: number;
  private readonly slots: number;
  private readonly counters: Uint32Array;
  private newest = -1;

  constructor(slotMs: number, slots: number) {
    this.slotMs = slotMs;
    this.slots = slots;
    this.counters = new Uint32Array(slots * slotWidth);
  }

  /** Counts one call that ended at `now`. */
  add(now: number, failed: boolean, items: number, bucket: number): void {
    const at = this.offset(now);
    const { counters } = this;
    counters[at] = (counters[at] as number) + 1;
    if (failed) counters[at + 1] = (counters[at + 1] as number) + 1;
    if (items > 0) counters[at + 2] = (counters[at + 2] as number) + items;
    counters[at + 3 + bucket] = (counters[at + 3 + bucket] as number) + 1;
  }

  /** Counts items of a stream that goes on. */
  addItems(now: number, items: number): void {
    const at = this.offset(now) + 2;
    this.counters[at] = (this.counters[at] as number) + items;
  }

  /**
   * Adds the slots of the last `spanMs` to `counts`; the first of them is the one that is being filled.
   *
   * @returns how many milliseconds they cover, which is up to one slot less than the span
   */
  sum(now: number, spanMs: number, counts: Counts): number {
    const wanted = Math.min(this.slots, Math.ceil(spanMs / this.slotMs));
    const current = Math.floor(now / this.slotMs);
    this.advance(current);
    for (let back = 0; back < wanted; back++) this.collect(current - back, counts);
    return (wanted - 1) * this.slotMs + (now - current * this.slotMs);
  }

  private collect(slot: number, counts: Counts): void {
    if (slot < 0 || slot <= this.newest - this.slots) return;
    const at = (slot % this.slots) * slotWidth;
    const { counters } = this;
    counts.count += counters[at] as number;
    counts.errors += counters[at + 1] as number;
    counts.items += counters[at + 2] as number;
    if (counters[at] === 0) return;
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      counts.buckets[bucket] = (counts.buckets[bucket] as number) + (counters[at + 3 + bucket] as number);
    }
  }

  private offset(now: number): number {
    const slot = Math.floor(now / this.slotMs);
    if (slot > this.newest) this.advance(slot);
    return (slot % this.slots) * slotWidth;
  }

  // Slots that nobody wrote to while time went on still hold what was counted a round ago.
  private advance(slot: number): void {
    if (slot <= this.newest) return;
    const first = Math.max(this.newest + 1, slot - this.slots + 1);
    for (let stale = first; stale <= slot; stale++) {
      const at = (stale % this.slots) * slotWidth;
      this.counters.fill(0, at, at + slotWidth);
    }
    this.newest = slot;
  }
}

/** Nothing counted yet. */
export function noCounts(): Counts {
  return { count: 0, errors: 0, items: 0, buckets: new Float64Array(bucketCount) };
}
