import type { Cancellation } from "./cancellation.ts";

/** Milliseconds on the clock of `performance.now()`, which no change of the system time moves. */
export type Deadline = number;

/** What bounds one exchange: a point in time and somebody who may call it off. */
export interface Limits {
  /** When the exchange must have ended; `Infinity` for never. */
  readonly deadline: Deadline;
  /** Who may end it before. */
  readonly cancellation: Cancellation | undefined;
}

/**
 * Something that ends at a deadline. Extend it and hand it to {@link deadlines}: the links of the list stand in
 * the object itself, so that waiting for a deadline allocates nothing.
 */
export abstract class Expiring {
  /**
   * When it ends, or, while negative, minus the milliseconds that it may last: the clock is then read at the
   * next tick. Use {@link deadlineOf} to read it.
   */
  expiry: number = Number.POSITIVE_INFINITY;
  /** @internal */
  earlier: Expiring | undefined = undefined;
  /** @internal */
  later: Expiring | undefined = undefined;

  /** Called once, at or up to two ticks after the deadline, never before it. */
  abstract expire(): void;
}

/** The deadline of an entry as a point in time. */
export function deadlineOf(entry: Expiring): Deadline {
  if (entry.expiry < 0) entry.expiry = performance.now() - entry.expiry;
  return entry.expiry;
}

const tickMs = 10;
const slotCount = 1024;

/**
 * A coarse timer wheel: one timer for all deadlines of the process.
 *
 * A new entry joins a list; at the next tick, when most have left it again, the rest moves to the slot of its
 * deadline. So an entry that ends within a tick costs two pointer writes, and no clock is read for it. Ticks
 * are 10 ms; entries expire late by at most two ticks, or by as long as the event loop was blocked. The timer
 * keeps the process alive while anything waits, and goes when nothing does.
 */
class DeadlineWheel {
  readonly #young = new ListHead();
  readonly #slots: ListHead[] = Array.from({ length: slotCount }, () => new ListHead());
  #timer: NodeJS.Timeout | undefined;
  #tick = 0;
  #waiting = 0;

  /** Registers an entry whose `expiry` is set. Pair it with {@link delete}. */
  add(entry: Expiring): void {
    this.#young.push(entry);
    this.#waiting++;
    if (this.#timer === undefined) this.#start();
  }

  /** Removes an entry; one that is not waiting is no mistake. */
  delete(entry: Expiring): void {
    const { earlier, later } = entry;
    if (earlier === undefined || later === undefined) return;
    earlier.later = later;
    later.earlier = earlier;
    entry.earlier = entry.later = undefined;
    this.#waiting--;
  }

  #start(): void {
    this.#tick = Math.floor(performance.now() / tickMs);
    this.#timer = setInterval(() => this.#advance(), tickMs);
  }

  #advance(): void {
    const now = performance.now();
    const tick = Math.floor(now / tickMs);
    this.#settleYoung(now);
    // A blocked loop may skip more ticks than there are slots; each slot is looked at once.
    for (let at = Math.max(this.#tick + 1, tick - slotCount + 1); at <= tick; at++) this.#expireSlot(at, now);
    this.#tick = tick;
    if (this.#waiting > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #settleYoung(now: number): void {
    const young = this.#young.take();
    for (let entry = young.shift(); entry !== undefined; entry = young.shift()) {
      if (entry.expiry < 0) entry.expiry = now - entry.expiry;
      if (entry.expiry <= now) this.#expire(entry);
      else this.#slotOf(Math.ceil(entry.expiry / tickMs)).push(entry);
    }
  }

  #expireSlot(at: number, now: number): void {
    const slot = this.#slotOf(at);
    const waiting = slot.take();
    for (let entry = waiting.shift(); entry !== undefined; entry = waiting.shift()) {
      if (entry.expiry <= now) this.#expire(entry);
      else slot.push(entry);
    }
  }

  #expire(entry: Expiring): void {
    this.#waiting--;
    entry.expire();
  }

  #slotOf(at: number): ListHead {
    return this.#slots[at % slotCount] as ListHead;
  }
}

/** A ring of entries that starts and ends at itself. */
class ListHead extends Expiring {
  constructor() {
    super();
    this.earlier = this.later = this;
  }

  isEmpty(): boolean {
    return this.later === this;
  }

  push(entry: Expiring): void {
    const last = this.earlier as Expiring;
    entry.earlier = last;
    entry.later = this;
    last.later = entry;
    this.earlier = entry;
  }

  shift(): Expiring | undefined {
    const first = this.later as Expiring;
    if (first === this) return undefined;
    (first.later as Expiring).earlier = this;
    this.later = first.later;
    first.earlier = first.later = undefined;
    return first;
  }

  /** A list of its own with all entries of this one, so that what they start while expiring is not met again. */
  take(): ListHead {
    const taken = new ListHead();
    if (this.isEmpty()) return taken;
    taken.later = this.later;
    taken.earlier = this.earlier;
    (taken.later as Expiring).earlier = taken;
    (taken.earlier as Expiring).later = taken;
    this.earlier = this.later = this;
    return taken;
  }

  expire(): void {}
}

/** The wheel of this process. It owns one timer, and that only while something waits. */
export const deadlines: DeadlineWheel = new DeadlineWheel();
