import type { ServiceRecord } from "@micro/kernel";
import { isEmpty, withoutNodes } from "./apply-event.ts";
import { backoffMs } from "./backoff.ts";

interface Hold {
  readonly strikes: number;
  readonly endsAt: number;
}

// A node that held out for so long after its last hold begins anew.
const forgetMs = 30_000;

/** Which addresses of a service are left out of its picks for a while, because they refused a connection. */
export class Holds {
  readonly #holds = new Map<string, Hold>();
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Leaves an address out: for a second, then each time twice as long, up to 30. False when it is left out already. */
  add(address: string, now: number): boolean {
    const last = this.#holds.get(address);
    // The many calls that fail at one moment are one failure.
    if (last !== undefined && last.endsAt > now) return false;
    const strikes = (last?.strikes ?? 0) + 1;
    this.#holds.set(address, { strikes, endsAt: now + backoffMs(strikes, this.#random) });
    return true;
  }

  /** Lets an address in again, and forgets what was. */
  release(address: string): void {
    this.#holds.delete(address);
  }

  /** Forgets addresses that are not in use any more, and those that were in again for long. */
  prune(records: readonly ServiceRecord[], now: number): void {
    if (this.#holds.size === 0) return;
    const addresses = new Set(records.flatMap(({ nodes }) => nodes.map(({ address }) => address)));
    for (const [address, { endsAt }] of this.#holds) {
      if (!addresses.has(address) || endsAt + forgetMs < now) this.#holds.delete(address);
    }
  }

  /** The records without what is left out; all of them where nothing else would be left, as any may have come back. */
  apply(records: readonly ServiceRecord[], now: number): readonly ServiceRecord[] {
    if (this.#holds.size === 0) return records;
    const left = withoutNodes(records, ({ address }) => (this.#holds.get(address)?.endsAt ?? 0) > now);
    return isEmpty(left) ? records : left;
  }

  /** When the next hold ends; never, when there is none. */
  nextEnd(now: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { endsAt } of this.#holds.values()) if (endsAt > now && endsAt < next) next = endsAt;
    return next;
  }
}
