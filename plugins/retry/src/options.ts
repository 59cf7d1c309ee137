import { type Duration, parseDuration } from "@micro/kernel";

/** What `retry` can be told. The environment and the command line go before it. */
export interface RetryOptions {
  /**
   * How many tries a call gets in all when nobody knows whether it ran, `--client_retries`: 0 to 5. Default 1, as in
   * 2016, which counts attempts too; 0 is 1. It is for idempotent methods only. What certainly did not run is tried on
   * other nodes whatever this says.
   */
  readonly retries?: number;
  /** How many further tries a call adds to the budget of its service, `--client_retry_budget`: 0 to 1. Default 0.2. */
  readonly budget?: number;
  /** How many further tries a second each service may get besides. Default 10. With this and `budget` 0 there are none. */
  readonly minPerSecond?: number;
  /** How long a call counts in the budget. Default `"10s"`. */
  readonly window?: Duration;
  /**
   * How many of the calls under way to a service may be further tries, as a share; {@link minConcurrent} may always.
   * Default 0.2.
   */
  readonly concurrency?: number;
  /** How many further tries may be under way whatever the share. Default 3. */
  readonly minConcurrent?: number;
  /** How many tries one call makes at most, for whichever reason. Default 5. */
  readonly maxTries?: number;
  /**
   * How long a try of an idempotent call may take before another is made, where its method usually answers sooner: three
   * times the slowest answer of late, but at least 100 ms, and no more than this unless that answer took about as long
   * itself. Default `"1s"`; 0 for none.
   */
  readonly attemptLimit?: Duration;
  /** The longest body that is sent twice when nobody knows whether the call ran, in bytes. Default 65,536. */
  readonly maxBodyBytes?: number;
  /** The pause bound before the third try of what did not run; the second comes at once. It doubles. Default `"10ms"`. */
  readonly pause?: Duration;
  /** The pause bound before the second try of what may have run. It doubles. Default `"50ms"`. */
  readonly busyPause?: Duration;
  /** Where the bounds stop growing. Each pause is a random part of its bound. Default `"1s"`. */
  readonly maxPause?: Duration;
}

/** The options with every value there, durations in milliseconds. */
export interface ResolvedOptions {
  readonly tries: number;
  readonly ratio: number;
  readonly minPerSecond: number;
  readonly windowMs: number;
  readonly concurrency: number;
  readonly minConcurrent: number;
  readonly maxTries: number;
  readonly attemptLimitMs: number;
  readonly maxBodyBytes: number;
  readonly pauseMs: number;
  readonly busyPauseMs: number;
  readonly maxPauseMs: number;
}

const defaults = Object.freeze({
  minPerSecond: 10,
  window: "10s",
  concurrency: 0.2,
  minConcurrent: 3,
  maxTries: 5,
  attemptLimit: "1s",
  maxBodyBytes: 65_536,
  pause: "10ms",
  busyPause: "50ms",
  maxPause: "1s",
}) satisfies RetryOptions;

/**
 * @param tries the value of `client_retries`, which the kernel has checked
 * @param ratio that of `client_retry_budget`
 * @throws TypeError when an option is out of its range
 */
export function resolveOptions(options: RetryOptions, tries: number, ratio: number): ResolvedOptions {
  const given = { ...defaults, ...options };
  return {
    tries: Math.max(1, tries),
    ratio,
    minPerSecond: inRange(given, "minPerSecond", 0, 1e6),
    windowMs: length(given, "window", 1),
    concurrency: inRange(given, "concurrency", 0, 1),
    minConcurrent: inRange(given, "minConcurrent", 0, 1e6),
    maxTries: inRange(given, "maxTries", 1, 100),
    attemptLimitMs: length(given, "attemptLimit", 0),
    maxBodyBytes: inRange(given, "maxBodyBytes", 0, Number.MAX_SAFE_INTEGER),
    pauseMs: length(given, "pause", 0),
    busyPauseMs: length(given, "busyPause", 0),
    maxPauseMs: length(given, "maxPause", 0),
  };
}

function inRange<Name extends keyof RetryOptions>(
  given: Readonly<Record<Name, number>>,
  name: Name,
  min: number,
  max: number,
): number {
  const value = given[name];
  if (value >= min && value <= max) return value;
  throw new TypeError(`${name} of retry is a number from ${min} to ${max}, not ${value}`);
}

function length<Name extends keyof RetryOptions>(
  given: Readonly<Record<Name, Duration>>,
  name: Name,
  minMs: number,
): number {
  const valueMs = parseDuration(given[name]);
  if (valueMs >= minMs) return valueMs;
  throw new TypeError(`${name} of retry is at least ${minMs} ms, not ${given[name]}`);
}
