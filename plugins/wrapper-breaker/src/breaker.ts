import { clientErrorId, MicroError } from "@micro/kernel";
import {
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
  SamplingBreaker,
} from "cockatiel";

/** When a circuit opens, and for how long. */
export interface BreakerSettings {
  /** How many failures in a row open it, where there is no ratio. */
  readonly failures: number;
  /** Above 0: which share of the calls must fail to open it, below 1. */
  readonly ratio: number;
  /** How long it refuses calls before one may try, in milliseconds. */
  readonly openMs: number;
  /** With a ratio: how long a call counts, in milliseconds. */
  readonly windowMs: number;
  /** With a ratio: with fewer calls a second than this it stays closed. */
  readonly minPerSecond: number;
  /** Which errors are failures. */
  readonly counts: (error: MicroError) => boolean;
  /** The clock, in milliseconds. Default `performance.now`. */
  readonly now?: () => number;
}

/** `open` refuses all calls; `half-open` waits for the one call that may try. */
export type BreakerState = "closed" | "open" | "half-open";

/** How one circuit stands. */
export interface BreakerStats {
  readonly service: string;
  /** `undefined` when the whole service has one circuit. */
  readonly method: string | undefined;
  readonly state: BreakerState;
  /** How many calls failed in a way that counts. */
  readonly failed: number;
  /** How many calls it refused. */
  readonly refused: number;
  /** How often it opened, from `closed` or after a try that failed. */
  readonly opened: number;
}

/** One circuit. */
export class Breaker {
  readonly #service: string;
  readonly #method: string | undefined;
  readonly #settings: BreakerSettings;
  readonly #now: () => number;
  readonly #policy: CircuitBreakerPolicy;
  #openUntil = 0;
  #failed = 0;
  #refused = 0;
  #opened = 0;
  #lastError: MicroError | undefined;

  constructor(
    service: string,
    method: string | undefined,
    settings: BreakerSettings,
    onChange: (state: BreakerState, error: MicroError | undefined) => void = () => {},
  ) {
    this.#service = service;
    this.#method = method;
    this.#settings = settings;
    this.#now = settings.now ?? (() => performance.now());
    this.#policy = createPolicy(settings);
    this.#policy.onStateChange((state) => {
      if (state === CircuitState.Open) this.#opens();
      onChange(nameOf(state), state === CircuitState.Closed ? undefined : this.#lastError);
    });
  }

  get state(): BreakerState {
    return nameOf(this.#policy.state);
  }

  stats(): BreakerStats {
    const { state } = this;
    const counts = { failed: this.#failed, refused: this.#refused, opened: this.#opened };
    return { service: this.#service, method: this.#method, state, ...counts };
  }

  /**
   * Makes a call, if the circuit lets it through.
   *
   * @throws MicroError 503 with reason `circuit_open` and `notProcessed` when it does not; what the call failed with
   */
  async run<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    const isTrial = this.#policy.state !== CircuitState.Closed;
    if (isTrial) this.#admitTrial();
    const outcome = await this.#policy.execute(() => this.#observe(call, isTrial));
    if (outcome.error === undefined) return outcome.answer as Answer;
    throw outcome.error.thrown;
  }

  // While one call tries, cockatiel would let the others wait for its end; they may have less time than it has.
  #admitTrial(): void {
    const leftMs = this.#openUntil - this.#now();
    if (this.#policy.state === CircuitState.Open && leftMs <= 0) return;
    this.#refused++;
    throw circuitOpen(this.#service, this.#method, leftMs > 0 ? leftMs : undefined);
  }

  async #observe<Answer>(call: () => Promise<Answer>, isTrial: boolean): Promise<Outcome<Answer>> {
    try {
      return { answer: await call(), error: undefined, isFailure: false };
    } catch (thrown) {
      if (!isTelling(thrown)) {
        // It says nothing of the service: cockatiel counts no error that it was not told of. A circuit that tries
        // must end up somewhere, and stays open then.
        if (!isTrial) throw thrown;
        return { answer: undefined, error: { thrown }, isFailure: true };
      }
      const isFailure = this.#settings.counts(thrown);
      if (isFailure) {
        this.#failed++;
        this.#lastError = thrown;
      }
      return { answer: undefined, error: { thrown }, isFailure };
    }
  }

  #opens(): void {
    this.#opened++;
    this.#openUntil = this.#now() + this.#settings.openMs;
  }
}

interface Outcome<Answer> {
  readonly answer: Answer | undefined;
  /** In a box, because anything can be thrown. */
  readonly error: { readonly thrown: unknown } | undefined;
  readonly isFailure: boolean;
}

function createPolicy({ failures, ratio, windowMs, minPerSecond }: BreakerSettings): CircuitBreakerPolicy {
  const breaker =
    ratio > 0
      ? new SamplingBreaker({ threshold: ratio, duration: windowMs, minimumRps: minPerSecond })
      : new ConsecutiveBreaker(failures);
  return circuitBreaker(
    handleWhenResult((outcome) => (outcome as Outcome<unknown>).isFailure),
    // cockatiel reads the system time, which may jump. So its pause is always over, and ours is the one that counts.
    { halfOpenAfter: Number.NEGATIVE_INFINITY, breaker },
  );
}

/** A mistake in the program, or a caller who gave up, tells nothing of whom it called. */
function isTelling(error: unknown): error is MicroError {
  return MicroError.is(error) && error.reason !== "cancelled";
}

function nameOf(state: CircuitState): BreakerState {
  if (state === CircuitState.Closed) return "closed";
  return state === CircuitState.HalfOpen ? "half-open" : "open";
}

function circuitOpen(service: string, method: string | undefined, retryAfterMs: number | undefined): MicroError {
  const what = method === undefined ? service : `${service} ${method}`;
  const options = { reason: "circuit_open", notProcessed: true, retryAfterMs };
  return new MicroError(clientErrorId, 503, `circuit breaker is open: ${what} kept failing`, options);
}
