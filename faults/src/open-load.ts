import type { Ledger } from "./ledger.ts";

const tickMs = 5;
// What is late because this process had to wait is made up for at no more than twice the rate: all of it at one moment
// would be a burst that the test does not mean.
const catchUp = 2;

/** What a load is made of. */
export interface LoadOptions {
  readonly perSecond: number;
  readonly ledger: Ledger;
  /** Makes the call with this id. */
  readonly call: (id: string) => Promise<unknown>;
}

let loads = 0;

/**
 * Calls at a constant rate, whether or not earlier ones were answered: a caller that waited would call less just while
 * something is wrong, and so measure less of it.
 */
export class OpenLoad {
  readonly #options: LoadOptions;
  readonly #open = new Set<Promise<void>>();
  readonly #prefix = `${process.pid}-${loads++}`;
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;
  #sent = 0;

  /** Begins at once. Whoever makes one ends it. */
  constructor(options: LoadOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#sendDue(), tickMs);
  }

  /** How many were sent. */
  get sent(): number {
    return this.#sent;
  }

  /** Sends no more, and resolves when all are answered or failed. Idempotent. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
  }

  #sendDue(): void {
    const { perSecond } = this.#options;
    const due = ((performance.now() - this.#startedAt) / 1000) * perSecond;
    const most = this.#sent + Math.ceil(catchUp * perSecond * (tickMs / 1000));
    while (this.#sent < Math.min(due, most)) this.#send(`${this.#prefix}-${this.#sent++}`);
  }

  #send(id: string): void {
    const { ledger, call } = this.#options;
    const entry = ledger.send(id);
    const done = call(id)
      .catch((error: unknown) => {
        entry.error = error ?? new Error("failed with nothing");
      })
      .then(() => {
        entry.endedAt = performance.now();
        this.#open.delete(done);
      });
    this.#open.add(done);
  }
}
