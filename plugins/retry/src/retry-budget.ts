/** What a {@link RetryBudget} can be told. */
export interface RetryBudgetOptions {
  /** How many tries a call adds to the budget: 0.2 is one for five calls. */
  readonly ratio: number;
  /** How many tries a second may be made besides, so that seldom called services are tried again at all. */
  readonly minPerSecond: number;
  /** How long a call counts, in milliseconds. */
  readonly windowMs: number;
  /** The clock, in milliseconds. Default `performance.now`. */
  readonly now?: () => number;
}

const sliceCount = 10;

/**
 * How many further tries a service may get: a share of the calls of the last seconds, and a few besides. When every
 * call fails, the load grows by that share and no more, so that trying again cannot keep a service down that has too
 * much to do already.
 *
 * Time is cut into ten slices of the window, and the oldest is forgotten as a whole: it needs no timer and its size
 * does not grow with the calls.
 */
export class RetryBudget {
  readonly #ratio: number;
  readonly #reserve: number;
  readonly #sliceMs: number;
  readonly #now: () => number;
  readonly #balances: number[] = Array.from({ length: sliceCount }, () => 0);
  #slice: number;

  constructor({ ratio, minPerSecond, windowMs, now = () => performance.now() }: RetryBudgetOptions) {
    this.#ratio = ratio;
    this.#reserve = (minPerSecond * windowMs) / 1000;
    this.#sliceMs = windowMs / sliceCount;
    this.#now = now;
    this.#slice = this.#currentSlice();
  }

  /** How many further tries may be made now. */
  get balance(): number {
    this.#forget();
    return this.#balances.reduce((sum, balance) => sum + balance, this.#reserve);
  }

  /** A call was made. */
  deposit(): void {
    this.#add(this.#ratio);
  }

  /** Takes one try out; false, and nothing is taken, when the budget is used up. */
  withdraw(): boolean {
    // What is added a fifth at a time does not sum up to whole numbers.
    if (this.balance < 1 - 1e-9) return false;
    this.#add(-1);
    return true;
  }

  #add(amount: number): void {
    this.#forget();
    const at = this.#slice % sliceCount;
    this.#balances[at] = (this.#balances[at] as number) + amount;
  }

  #forget(): void {
    const current = this.#currentSlice();
    if (current === this.#slice) return;
    // Whatever is older than a window is as good as a window.
    for (let slice = Math.max(this.#slice, current - sliceCount) + 1; slice <= current; slice++) {
      this.#balances[slice % sliceCount] = 0;
    }
    this.#slice = current;
  }

  #currentSlice(): number {
    return Math.floor(this.#now() / this.#sliceMs);
  }
}
