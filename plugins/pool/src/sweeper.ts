/**
 * Looks from time to time whether what is idle grew too old. Its timer exists only while something is idle and keeps
 * no process alive.
 */
export class Sweeper {
  readonly #ttlMs: number;
  readonly #sweep: () => boolean;
  #timer: NodeJS.Timeout | undefined;

  /** @param sweep closes what is unfit, and says whether anything idle is left */
  constructor(ttlMs: number, sweep: () => boolean) {
    this.#ttlMs = ttlMs;
    this.#sweep = sweep;
  }

  /**
   * Something is idle. The timer goes with the first round that leaves nothing idle; to end it with the last connection
   * that is taken would cost a timer per call.
   */
  wake(): void {
    if (this.#timer !== undefined || this.#ttlMs === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#run(), sweepMs(this.#ttlMs));
    this.#timer.unref();
  }

  /** Ends it. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #run(): void {
    this.#timer = undefined;
    if (this.#sweep()) this.wake();
  }
}

// Whatever is too old is also noticed when it is taken, so this bounds only how long it stays unused.
function sweepMs(ttlMs: number): number {
  return Math.min(Math.max(ttlMs / 2, 10), 30_000);
}
