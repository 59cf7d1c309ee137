import { type Abortable, type Cancellation, cancelled } from "@micro/kernel";

/** The pauses of one plugin. They end when it closes. */
export class Pauses {
  readonly #running = new Set<Pause>();
  #isClosed = false;

  /**
   * Waits.
   *
   * @returns false when the plugin closed meanwhile
   * @throws MicroError 408 as soon as the cancellation aborts
   */
  async wait(ms: number, cancellation: Cancellation | undefined): Promise<boolean> {
    if (cancellation?.aborted === true) throw cancelled(cancellation.reason);
    // No timer for none: even the shortest takes a millisecond.
    if (ms <= 0) return !this.#isClosed;
    const pause = this.begin(ms, cancellation);
    try {
      return await pause.ended;
    } finally {
      pause.release();
    }
  }

  /** A pause that runs. Pair it with {@link Pause.release}. */
  begin(ms: number, cancellation: Cancellation | undefined): Pause {
    const pause = new Pause(ms, cancellation, this.#running);
    if (this.#isClosed) pause.end(false);
    return pause;
  }

  /** Ends all, and those to come at once. Idempotent. */
  close(): void {
    this.#isClosed = true;
    for (const pause of this.#running) pause.end(false);
  }
}

/** One length of time, which may be cut short. */
export class Pause implements Abortable {
  /** True when the time is over, false when it was cut short; rejects with a 408 when the call is called off. */
  readonly ended: Promise<boolean>;
  readonly #cancellation: Cancellation | undefined;
  readonly #running: Set<Pause>;
  readonly #timer: NodeJS.Timeout;
  #resolve: (isOver: boolean) => void = () => {};
  #reject: (error: unknown) => void = () => {};

  constructor(ms: number, cancellation: Cancellation | undefined, running: Set<Pause>) {
    this.#cancellation = cancellation;
    this.#running = running;
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#timer = setTimeout(() => this.end(true), ms);
    running.add(this);
    // Last, as it may abort at once.
    cancellation?.add(this);
  }

  /** Ends it before its time. */
  end(isOver: boolean): void {
    this.release();
    this.#resolve(isOver);
  }

  /** The call was called off. */
  abort(reason: unknown): void {
    this.release();
    this.#reject(cancelled(reason));
  }

  /** Frees its timer. Idempotent. */
  release(): void {
    clearTimeout(this.#timer);
    this.#running.delete(this);
    this.#cancellation?.delete(this);
  }
}
