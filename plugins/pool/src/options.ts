import { type Duration, parseDuration } from "@micro/kernel";

/** What both kinds of pool must and can be told. */
export interface SharedPoolOptions {
  /** How many connections are kept per address, up to 10,000. What that means beyond it is said with each pool. */
  readonly size: number;
  /**
   * How long after it was dialled a connection may be used for another exchange, `Infinity` for as long as it lives.
   * Default `"1m"`, as in 2016. Keep it below the time after which servers or what is between close idle connections.
   */
  readonly ttl?: Duration;
}

/** What a `ConnectionPool` must and can be told. */
export interface PoolOptions extends SharedPoolOptions {
  /** How many idle connections are kept per address, 0 to 10,000. How many are in use is bounded by {@link limit}. */
  readonly size: number;
  /**
   * How many connections to one address calls may have at a time; 0 for any number, as in 2016. Default 100: a fleet of
   * callers must not take all the connections of a node that has become slow. A call beyond it waits for its turn, first
   * come, first served, until its own deadline. A stream is not counted, as nobody can say when it ends.
   */
  readonly limit?: number;
}

/** The options with every default filled in. */
export interface ResolvedPoolOptions {
  readonly size: number;
  readonly ttlMs: number;
  /** `Infinity` for none. */
  readonly limit: number;
}

/** The most that can be asked for. */
export const maxSize = 10_000;

/** Where nobody says otherwise. */
export const defaults: Readonly<{ ttl: string; limit: number }> = Object.freeze({ ttl: "1m", limit: 100 });

/**
 * Fills in the defaults.
 *
 * @throws TypeError that names what is out of its range
 */
export function resolveOptions(options: PoolOptions): ResolvedPoolOptions {
  const { size, ttl = defaults.ttl, limit = defaults.limit } = options;
  checkWhole("size", size);
  checkWhole("limit", limit);
  const ttlMs = parseDuration(ttl);
  if (!(ttlMs > 0)) throw new TypeError(`the ttl of a pool is above 0, not ${ttl}; a pool of size 0 keeps nothing`);
  return { size, ttlMs, limit: limit === 0 ? Number.POSITIVE_INFINITY : limit };
}

function checkWhole(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= maxSize) return;
  throw new TypeError(`the ${name} of a pool is a whole number from 0 to ${maxSize}, not ${value}`);
}
