import {
  type Abortable,
  type Connection,
  cancelled,
  type DialTarget,
  deadlineExceeded,
  deadlines,
  Expiring,
} from "@micro/kernel";

/** Callers that wait for a connection, first come, first served, each until its own limits end it. */
export class WaitingLine {
  readonly #waiters = new Set<Waiter>();

  get isEmpty(): boolean {
    return this.#waiters.size === 0;
  }

  /**
   * Joins the line.
   *
   * @throws MicroError 408 with `notProcessed` at the deadline or when cancelled
   */
  join(target: DialTarget): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const waiter = new Waiter(target, resolve, reject, this.#waiters);
      waiter.start();
    });
  }

  /** Takes whoever waits longest out of the line. */
  shift(): Waiter | undefined {
    const [first] = this.#waiters;
    first?.stop();
    return first;
  }

  /** Ends the waiting of all. */
  rejectAll(error: Error): void {
    for (const waiter of this.#waiters) {
      waiter.stop();
      waiter.reject(error);
    }
  }
}

/** One who waits. */
export class Waiter extends Expiring implements Abortable {
  readonly target: DialTarget;
  readonly resolve: (connection: Connection | Promise<Connection>) => void;
  readonly reject: (error: unknown) => void;
  readonly #line: Set<Waiter>;

  constructor(
    target: DialTarget,
    resolve: (connection: Connection | Promise<Connection>) => void,
    reject: (error: unknown) => void,
    line: Set<Waiter>,
  ) {
    super();
    this.target = target;
    this.resolve = resolve;
    this.reject = reject;
    this.#line = line;
  }

  /** Joins the line and watches the limits. */
  start(): void {
    const { deadline, cancellation } = this.target;
    this.#line.add(this);
    if (deadline !== Number.POSITIVE_INFINITY) {
      this.expiry = deadline;
      deadlines.add(this);
    }
    cancellation?.add(this);
  }

  /** Leaves the line. */
  stop(): void {
    this.#line.delete(this);
    deadlines.delete(this);
    this.target.cancellation?.delete(this);
  }

  expire(): void {
    this.stop();
    this.reject(deadlineExceeded(true));
  }

  abort(reason: unknown): void {
    this.stop();
    this.reject(cancelled(reason, true));
  }
}
