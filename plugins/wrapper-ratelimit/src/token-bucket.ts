/** What a {@link TokenBucket} can be told. */
export interface TokenBucketOptions {
  /** How many tokens come in a second; above 0. */
  readonly rate: number;
  /** How many it holds; at least 1. It begins full. */
  readonly burst: number;
  /** The clock, in milliseconds. Default `performance.now`, which no change of the system time moves. */
  readonly now?: () => number;
}

/** A bucket that fills with time: whoever takes a token may go on. It has no timer. */
export class TokenBucket {
  readonly #perMs: number;
  readonly #burst: number;
  readonly #now: () => number;
  #tokens: number;
  #filledAt: number;

  constructor({ rate, burst, now = () => performance.now() }: TokenBucketOptions) {
    this.#perMs = rate / 1000;
    this.#burst = burst;
    this.#now = now;
    this.#tokens = burst;
    this.#filledAt = now();
  }

  /** Takes a token; false, and nothing is taken, when there is none. */
  take(): boolean {
    this.#fill();
    // What is added in parts does not sum up to whole numbers.
    if (this.#tokens < 1 - 1e-9) return false;
    this.#tokens--;
    return true;
  }

  /** How long until the next token that nobody borrowed, in milliseconds. */
  get waitMs(): number {
    this.#fill();
    return Math.max(0, (1 - this.#tokens) / this.#perMs);
  }

  /** Takes a token that is yet to come: it is there after {@link waitMs}, as it was before. */
  borrow(): void {
    this.#tokens--;
  }

  /** Puts a token back that was not used. */
  giveBack(): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + 1);
  }

  #fill(): void {
    const now = this.#now();
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#filledAt) * this.#perMs);
    this.#filledAt = now;
  }
}
