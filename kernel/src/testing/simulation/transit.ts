import { type Abortable, type Cancellation, deadlines, Expiring, type Limits } from "@micro/limits";
import { cancelled, deadlineExceeded } from "@micro/wire";
import { Machine } from "./machine.ts";

/** A message on its way. It arrives, or its sender's deadline ends the waiting, or its connection breaks. */
export class Transit extends Expiring implements Abortable {
  readonly arrived: Promise<void>;
  readonly #cancellation: Cancellation | undefined;
  readonly #notProcessed: boolean;
  readonly #waiter: Machine;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;
  #resolve: () => void = () => {};
  #reject: (error: unknown) => void = () => {};

  /**
   * @param waiter who waits for it
   * @param notProcessed whether nothing ran when it ends before it arrives
   */
  constructor(waiter: Machine, limits: Limits, notProcessed: boolean) {
    super();
    this.#waiter = waiter;
    this.arrived = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#notProcessed = notProcessed;
    this.#cancellation = limits.cancellation;
    this.expiry = limits.deadline;
    if (this.expiry !== Number.POSITIVE_INFINITY) deadlines.add(this);
    // Last, as it may abort at once.
    this.#cancellation?.add(this);
  }

  /** Sends it from one machine to another, which it reaches after so long; never after `Infinity`. */
  start(from: Machine, to: Machine, ms: number): void {
    if (ms === Number.POSITIVE_INFINITY) return;
    const arrive = () => to.admit(() => this.#end(this.#resolve));
    from.admit(() => {
      if (!this.#isOver) this.#timer = Machine.outside(() => setTimeout(arrive, ms));
    });
  }

  /** It will not arrive. */
  fail(error: unknown): void {
    this.#end(() => this.#reject(error));
  }

  expire(): void {
    this.fail(deadlineExceeded(this.#notProcessed));
  }

  abort(reason: unknown): void {
    this.fail(cancelled(reason, this.#notProcessed));
  }

  #end(settle: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    deadlines.delete(this);
    this.#cancellation?.delete(this);
    // What waits on a machine that crashed waits for ever.
    this.#waiter.admit(settle);
  }
}
