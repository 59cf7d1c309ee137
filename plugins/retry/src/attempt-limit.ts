import {
  type Abortable,
  type Attempt,
  type AttemptNext,
  Cancellation,
  type ClientRoute,
  clientErrorId,
  type Deadline,
  deadlines,
  Expiring,
  type Limits,
  MicroError,
} from "@micro/kernel";

/** What the limits of tries take from whoever tries again. */
export interface LimitHost {
  /** How many tries a call has. */
  readonly tries: number;
  /** How long a try may take where answers usually come sooner. */
  readonly attemptLimitMs: number;
  now(): number;
  /**
   * Whether the call of a try may be made again; asked when the try has taken too long. `now`: the next one is paid for.
   * `later`: there is no room for it just now. `never`: the method may not run twice.
   */
  mayRepeat(attempt: Attempt): Promise<"now" | "later" | "never">;
  /** It is not needed: the try ended meanwhile. */
  takeBack(attempt: Attempt): void;
}

const shortestMs = 100;
const patience = 3;
// So long after a slow answer its method may be fast for good.
const tauMs = 60_000;

/**
 * Gives each try of a route a time of its own, so that a node that hangs does not take that of the whole call: three
 * times the slowest answer of late, within bounds, and never less than one and a half times. Without an answer to go by,
 * for the last try and for streams there is none.
 */
export function limitAttempts(host: LimitHost, next: AttemptNext, { stream }: ClientRoute): AttemptNext {
  if (stream || host.tries < 2 || host.attemptLimitMs === 0) return next;
  let slowestMs = Number.POSITIVE_INFINITY;
  let measuredAt = 0;
  const note = (tookMs: number, now: number): void => {
    const faded = slowestMs === Number.POSITIVE_INFINITY ? 0 : slowestMs * Math.exp((measuredAt - now) / tauMs);
    slowestMs = Math.max(tookMs, faded);
    measuredAt = now;
  };
  return (attempt) => {
    const startedAt = host.now();
    const usualMs = Math.min(
      Math.max(shortestMs, patience * slowestMs),
      Math.max(host.attemptLimitMs, 1.5 * slowestMs),
    );
    const isLimited = attempt.number < host.tries && attempt.request.options.idempotent !== false;
    const result =
      isLimited && usualMs < Number.POSITIVE_INFINITY ? within(host, usualMs, next, attempt) : next(attempt);
    result.then(
      () => note(host.now() - startedAt, host.now()),
      () => {},
    );
    return result;
  };
}

function within(host: LimitHost, limitMs: number, next: AttemptNext, attempt: Attempt): Promise<unknown> {
  const limit = new AttemptLimit(host, attempt, limitMs);
  attempt.limits = limit;
  const result = next(attempt);
  const end = (): void => limit.end();
  result.then(end, end);
  return result;
}

/** The limit of one try. It waits in the list of deadlines, which costs no timer of its own. */
class AttemptLimit extends Expiring implements Limits, Abortable {
  readonly deadline: Deadline;
  readonly cancellation: Cancellation = new Cancellation();
  readonly #host: LimitHost;
  readonly #attempt: Attempt;
  readonly #limitMs: number;
  #isOver = false;

  constructor(host: LimitHost, attempt: Attempt, limitMs: number) {
    super();
    this.#host = host;
    this.#attempt = attempt;
    this.#limitMs = limitMs;
    this.deadline = attempt.request.deadline;
    this.#wait();
    // Last, as it may abort at once.
    attempt.request.cancellation?.add(this);
  }

  expire(): void {
    // Asked only now, because the registry may have to be asked, and most tries are answered.
    void this.#host.mayRepeat(this.#attempt).then(
      (when) => {
        if (when === "now") this.#giveUp();
        // When a node hangs all its calls are late together, and each of them gets its turn.
        else if (when === "later" && !this.#isOver) this.#wait();
      },
      () => {},
    );
  }

  #wait(): void {
    this.expiry = -this.#limitMs;
    deadlines.add(this);
  }

  abort(reason: unknown): void {
    this.cancellation.abort(reason);
  }

  end(): void {
    this.#isOver = true;
    deadlines.delete(this);
    this.#attempt.request.cancellation?.delete(this);
  }

  #giveUp(): void {
    if (this.#isOver) this.#host.takeBack(this.#attempt);
    else this.cancellation.abort(tookTooLong());
  }
}

function tookTooLong(): MicroError {
  return new MicroError(clientErrorId, 408, "the node did not answer in the time of one try", {
    reason: attemptTimeout,
  });
}

/** The reason of a try that was given up while its call has time left. */
export const attemptTimeout = "attempt_timeout";
