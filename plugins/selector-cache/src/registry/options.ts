/** What {@link CachedRegistry} can be told. Times are in milliseconds. */
export interface CacheOptions {
  /**
   * How long an answer of the registry is fresh. Default 60,000, as go-micro 2016 says; there it becomes twice as long,
   * here it is meant. Each answer gets a tenth more or less, so that what was asked together is not asked together again.
   */
  readonly ttlMs?: number;
  /** How long it is believed that a service is unknown, with the same spread. Default 2000. */
  readonly negativeTtlMs?: number;
  /** How old an answer may become while the registry gives no other. Default a day; 0 gives out fresh answers only. */
  readonly staleIfErrorMs?: number;
  /** How long nodes stay known that a lookup suddenly has not, when no event told that they left. Default 10,000. */
  readonly emptyHoldMs?: number;
  /** After how long a lookup counts as failed; its answer is taken all the same when it comes late. Default 5000. */
  readonly lookupTimeoutMs?: number;
  /** How many services are kept; those not asked for the longest time go first. Default 10,000. */
  readonly maxServices?: number;
  /** The time. Default the monotonic one of the system, read about 100 times a second and only while it is used. */
  readonly clock?: Clock;
  /** Numbers from 0 to below 1. Default `Math.random`. */
  readonly random?: () => number;
}

/** Tells the time. */
export interface Clock {
  /** Milliseconds since any moment; it never goes back. */
  now(): number;
}

/** Options with nothing left open. */
export type ResolvedCacheOptions = Readonly<Required<Omit<CacheOptions, "clock">>>;

const defaults: ResolvedCacheOptions = Object.freeze({
  ttlMs: 60_000,
  negativeTtlMs: 2000,
  staleIfErrorMs: 24 * 60 * 60_000,
  emptyHoldMs: 10_000,
  lookupTimeoutMs: 5000,
  maxServices: 10_000,
  random: Math.random,
});

/** @throws RangeError that names the option which is no such number */
export function resolveOptions(options: CacheOptions): ResolvedCacheOptions {
  const { clock: _, ...given } = options;
  const resolved = { ...defaults, ...given };
  for (const name of ["ttlMs", "negativeTtlMs", "lookupTimeoutMs", "maxServices"] as const) {
    if (!(resolved[name] > 0))
      throw new RangeError(`${name} of the selector cache is more than 0, not ${resolved[name]}`);
  }
  for (const name of ["staleIfErrorMs", "emptyHoldMs"] as const) {
    if (!(resolved[name] >= 0))
      throw new RangeError(`${name} of the selector cache is 0 or more, not ${resolved[name]}`);
  }
  return resolved;
}
