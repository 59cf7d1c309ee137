import type { MdnsLimits } from "./options.ts";

/** Counts what is remembered, over all and by source. */
export class RecordQuota {
  readonly #limits: Pick<MdnsLimits, "records" | "recordsPerSource">;
  readonly #bySource = new Map<string, number>();
  #total = 0;

  constructor(limits: Pick<MdnsLimits, "records" | "recordsPerSource">) {
    this.#limits = limits;
  }

  /** Takes one place for a source; false when there is none. Pair it with {@link give}. */
  take(source: string): boolean {
    const taken = this.#bySource.get(source) ?? 0;
    if (this.#total >= this.#limits.records || taken >= this.#limits.recordsPerSource) return false;
    this.#bySource.set(source, taken + 1);
    this.#total++;
    return true;
  }

  /** Gives one place back. */
  give(source: string): void {
    const taken = this.#bySource.get(source) ?? 0;
    if (taken > 1) this.#bySource.set(source, taken - 1);
    else this.#bySource.delete(source);
    this.#total--;
  }
}
