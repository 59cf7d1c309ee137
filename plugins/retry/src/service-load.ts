import type { ResolvedOptions } from "./options.ts";
import { RetryBudget } from "./retry-budget.ts";

/** What is kept of one service: its budget, and how many calls and further tries are under way. */
export class ServiceLoad {
  readonly budget: RetryBudget;
  readonly #concurrency: number;
  readonly #minConcurrent: number;
  #calls = 0;
  #retries = 0;

  constructor(options: ResolvedOptions, now: () => number) {
    this.budget = new RetryBudget({ ...options, now });
    this.#concurrency = options.concurrency;
    this.#minConcurrent = options.minConcurrent;
  }

  /** A call goes out. */
  begin(): void {
    this.#calls++;
    this.budget.deposit();
  }

  /** A call ended. A function of its own, so that none is made for each call. */
  readonly end = <Answer>(answer: Answer): Answer => {
    this.#calls--;
    return answer;
  };

  /** Whether a further try may be made now; then it is paid for, and {@link leave} follows it. */
  enter(): boolean {
    if (this.#retries >= Math.max(this.#minConcurrent, this.#concurrency * this.#calls)) return false;
    if (!this.budget.withdraw()) return false;
    this.#retries++;
    return true;
  }

  /** A further try ended. */
  leave(): void {
    this.#retries--;
  }
}
