/**
 * How a try ended. `refused`: the node did no work, or nobody knows that it did any, so that being fast is no merit.
 * `unknown`: nobody waited for the end.
 */
export type Ending = "answered" | "refused" | "unknown";

/** What is known of the speed of a whole service, which its nodes share. */
export interface Pace {
  /** What an answer usually takes, in milliseconds; 0 before the first one. */
  typicalMs: number;
  /** The time constant with which peaks are forgotten. */
  readonly tauMs: number;
  /** How slow a refusal counts. */
  readonly penaltyMs: number;
}

// An answer moves what is typical by this part of the difference.
const typicalShare = 1 / 32;
// For shorter than this the exponential is not computed anew.
const freshMs = 1;

/** How busy and how slow one node is. */
export class NodeLoad {
  /** Tries under way. */
  inFlight = 0;
  readonly #pace: Pace;
  #costMs = 0;
  #measuredAt = Number.NEGATIVE_INFINITY;
  #latestMs = 0;
  #latestAt = Number.NEGATIVE_INFINITY;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  /**
   * How slow it is taken to be: what its slowest recent answer took, which fades with time. A node that is not asked
   * fades to what is typical of its service and no further, and one that was never asked is typical: else all calls would
   * go to whoever has just come, or come back, until its first answer.
   */
  latencyMs(now: number): number {
    if (now - this.#latestAt < freshMs) return this.#latestMs;
    const { typicalMs } = this.#pace;
    if (this.#measuredAt === Number.NEGATIVE_INFINITY) return typicalMs;
    this.#latestMs = Math.max(this.#costMs * this.#weight(now), Math.min(this.#costMs, typicalMs));
    this.#latestAt = now;
    return this.#latestMs;
  }

  /** A try ended after so long. */
  end(ending: Ending, tookMs: number, now: number): void {
    this.inFlight--;
    if (ending === "refused") this.#measure(Math.max(tookMs, this.#pace.penaltyMs), now);
    // Whoever gave up knows only that it takes longer.
    else if (ending === "answered" || tookMs > this.latencyMs(now)) this.#measure(tookMs, now);
    if (ending === "answered") this.#adjustTypical(tookMs);
  }

  #measure(ms: number, now: number): void {
    const isPeak = ms >= this.latencyMs(now);
    this.#costMs = isPeak ? ms : ms + (this.#costMs - ms) * this.#weight(now);
    this.#measuredAt = now;
    this.#latestAt = Number.NEGATIVE_INFINITY;
  }

  #weight(now: number): number {
    return Math.exp((this.#measuredAt - now) / this.#pace.tauMs);
  }

  #adjustTypical(ms: number): void {
    const pace = this.#pace;
    pace.typicalMs += (ms - pace.typicalMs) * (pace.typicalMs === 0 ? 1 : typicalShare);
  }
}
