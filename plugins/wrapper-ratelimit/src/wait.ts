import { type Abortable, type Cancellation, cancelled } from "@micro/kernel";

/** A length of time that ends early when the call is called off. */
export class Wait implements Abortable {
  /** Resolves when the time is over; rejects with a 408 when the call is called off, or with what {@link fail} was given. */
  readonly ended: Promise<void>;
  readonly #cancellation: Cancellation | undefined;
  readonly #timer: NodeJS.Timeout;
  #reject: (error: unknown) => void = () => {};

  constructor(ms: number, cancellation: Cancellation | undefined) {
    this.#cancellation = cancellation;
    let resolve: () => void = () => {};
    this.ended = new Promise<void>((done, reject) => {
      resolve = done;
      this.#reject = reject;
    });
    this.#timer = setTimeout(() => {
      this.#release();
      resolve();
    }, ms);
    // Last, as it may abort at once.
    cancellation?.add(this);
  }

  /** The call was called off. */
  abort(reason: unknown): void {
    this.fail(cancelled(reason, true));
  }

  /** Ends it with an error. */
  fail(error: unknown): void {
    this.#release();
    this.#reject(error);
  }

  #release(): void {
    clearTimeout(this.#timer);
    this.#cancellation?.delete(this);
  }
}
