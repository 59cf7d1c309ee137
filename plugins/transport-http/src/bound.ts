import {
  type Abortable,
  type Cancellation,
  deadlineExceeded,
  deadlines,
  Expiring,
  type Limits,
  type MicroError,
} from "@micro/kernel";
import { cancelled } from "./errors.ts";

/** Whoever must end when its limits say so. */
export interface Bounded {
  /** Ends with this error, a 408. */
  fail(error: MicroError): void;
}

/** Holds one exchange after the other to its limits. One object serves a connection as long as that lives. */
export class Bound extends Expiring implements Abortable {
  readonly #bounded: Bounded;
  #cancellation: Cancellation | undefined = undefined;

  constructor(bounded: Bounded) {
    super();
    this.#bounded = bounded;
  }

  /** Starts to watch. Pair it with {@link stop}. Limits that were called off already fail at once. */
  start(limits: Limits): void {
    if (limits.deadline !== Number.POSITIVE_INFINITY) {
      this.expiry = limits.deadline;
      deadlines.add(this);
    }
    if (limits.cancellation === undefined) return;
    this.#cancellation = limits.cancellation;
    limits.cancellation.add(this);
  }

  /** Stops to watch. Idempotent. */
  stop(): void {
    deadlines.delete(this);
    if (this.#cancellation === undefined) return;
    this.#cancellation.delete(this);
    this.#cancellation = undefined;
  }

  expire(): void {
    this.stop();
    this.#bounded.fail(deadlineExceeded());
  }

  abort(reason: unknown): void {
    this.stop();
    this.#bounded.fail(cancelled(reason));
  }
}
