import { type Connection, type DialNext, type DialTarget, type Duration, parseDuration } from "@micro/kernel";
import { poolClosed } from "./errors.ts";
import { Lease } from "./lease.ts";
import { tell } from "./observe.ts";
import { AddressGroup, PooledConnection, type PoolOwner } from "./pooled-connection.ts";

/** What a {@link ConnectionPool} must and can be told. */
export interface PoolOptions {
  /** How many idle connections are kept per address, 0 to 10,000. It does not bound how many are in use. */
  readonly size: number;
  /**
   * How long after it was dialled a connection may be used for another exchange, `Infinity` for as long as it lives.
   * Default `"1m"`, as in 2016. Keep it below the time after which servers or what is between close idle connections.
   */
  readonly ttl?: Duration;
}

/** What a pool has and has done. */
export interface PoolStats {
  /** Connections that wait for their next use. */
  readonly idle: number;
  /** Connections in use. */
  readonly leased: number;
  /** Addresses with a connection, idle or in use. */
  readonly addresses: number;
  /** How often a connection was dialled, in all. */
  readonly dialed: number;
  /** How often a kept connection was used again, in all. */
  readonly reused: number;
}

/**
 * Keeps connections that were given back, per address, and hands them out again, the newest first, so that after a
 * burst the others grow old and go. A connection has one holder at a time, and is kept only while it is `usable`;
 * what is broken or might still carry an answer is closed.
 *
 * `close()` on what {@link acquire} gave is what gives it back. A stream keeps its connection for good: a connection
 * on which `open()` was called is closed instead. A transport that carries many exchanges at once on a connection needs
 * no pool; over one, a connection may be handed on while it still carries an exchange of its last holder, as it keeps
 * them apart itself.
 *
 * @example
 * const pool = new ConnectionPool((target) => transport.dial(target.address, target), { size: 10 });
 * const connection = await pool.acquire({ address: "127.0.0.1:8080", deadline, cancellation: undefined });
 * try {
 *   return await connection.roundTrip(message, limits);
 * } finally {
 *   connection.close();
 * }
 */
export class ConnectionPool implements PoolOwner {
  readonly #dial: DialNext;
  readonly #size: number;
  readonly #ttlMs: number;
  readonly #groups = new Map<string, AddressGroup>();
  readonly #all = new Set<PooledConnection>();
  #idle = 0;
  #dialed = 0;
  #reused = 0;
  #sweeper: NodeJS.Timeout | undefined;
  #closed = false;

  /**
   * @param dial opens a connection; called whenever none is kept
   * @throws TypeError when an option is out of its range
   */
  constructor(dial: DialNext, options: PoolOptions) {
    const { size, ttlMs } = resolveOptions(options);
    this.#dial = dial;
    this.#size = size;
    this.#ttlMs = ttlMs;
  }

  /**
   * A connection of the caller's own: at once when one is kept, else dialled. Call `close()` when done.
   *
   * @throws MicroError 500 with reason `pool_closed`, and whatever dialling fails with
   */
  acquire(target: DialTarget): Connection | Promise<Connection> {
    if (this.#closed) throw poolClosed();
    const group = this.#groups.get(target.address);
    const kept = group === undefined ? undefined : this.#take(group);
    if (kept !== undefined) return this.#lease(kept);
    const dialed = this.#dial(target);
    return dialed instanceof Promise
      ? dialed.then((connection) => this.#adopt(connection, target))
      : this.#adopt(dialed, target);
  }

  /** Closes the idle connections to an address that left, and has those in use closed when they are given back. */
  closeAddress(address: string): void {
    const group = this.#groups.get(address);
    if (group === undefined) return;
    this.#groups.delete(address);
    group.retired = true;
    for (const pooled of [...group.idle]) this.#destroy(pooled, "its address left");
  }

  /** What it has and has done. */
  get stats(): PoolStats {
    return {
      idle: this.#idle,
      leased: this.#all.size - this.#idle,
      addresses: this.#groups.size,
      dialed: this.#dialed,
      reused: this.#reused,
    };
  }

  /** Closes every connection, those in use too, and hands out no more. Idempotent. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#sweeper);
    this.#sweeper = undefined;
    for (const pooled of [...this.#all]) this.#destroy(pooled, "the pool closed");
  }

  /** @internal A lease ended. */
  release(pooled: PooledConnection, reusable: boolean): void {
    const refusal = this.#whyNotKept(pooled, reusable);
    if (refusal === undefined) this.#keep(pooled);
    else this.#destroy(pooled, refusal);
  }

  /** @internal A connection closed by itself. */
  lost(pooled: PooledConnection): void {
    const { lease } = pooled;
    this.#destroy(pooled, "it was closed by the peer or by an error");
    lease?.connectionLost();
  }

  // The newest that can be used, and none of the newer ones that cannot.
  #take(group: AddressGroup): PooledConnection | undefined {
    let pooled = group.idle.at(-1);
    while (pooled !== undefined) {
      const unfit = this.#whyUnfit(pooled, performance.now());
      if (unfit === undefined) break;
      this.#destroy(pooled, unfit);
      pooled = group.idle.at(-1);
    }
    if (pooled === undefined) return undefined;
    group.idle.pop();
    this.#idle--;
    this.#reused++;
    tell("reuse", group.address, undefined);
    return pooled;
  }

  #whyUnfit(pooled: PooledConnection, now: number): string | undefined {
    if (!pooled.connection.usable) return "it broke while it was idle";
    return now - pooled.dialedAt >= this.#ttlMs ? "it is too old" : undefined;
  }

  #whyNotKept({ connection, group }: PooledConnection, reusable: boolean): string | undefined {
    if (!reusable || !connection.usable) return "it cannot carry another exchange";
    if (group.retired) return "its address left";
    return group.idle.length >= this.#size ? "enough are idle" : undefined;
  }

  #keep(pooled: PooledConnection): void {
    pooled.group.idle.push(pooled);
    this.#idle++;
    this.#sweepLater();
    tell("release", pooled.group.address, undefined);
  }

  #adopt(connection: Connection, { address }: DialTarget): Connection {
    if (this.#closed) {
      connection.close();
      throw poolClosed();
    }
    const pooled = new PooledConnection(connection, this.#groupOf(address), this);
    this.#all.add(pooled);
    this.#dialed++;
    tell("dial", address, undefined);
    return this.#lease(pooled);
  }

  #groupOf(address: string): AddressGroup {
    let group = this.#groups.get(address);
    if (group === undefined) {
      group = new AddressGroup(address);
      this.#groups.set(address, group);
    }
    group.connections++;
    return group;
  }

  // A lease of its own for each use, so that whoever held the connection before cannot touch it.
  #lease(pooled: PooledConnection): Connection {
    const lease = new Lease(pooled);
    pooled.lease = lease;
    return lease;
  }

  #destroy(pooled: PooledConnection, why: string): void {
    if (this.#all.delete(pooled)) {
      this.#forget(pooled);
      tell("close", pooled.group.address, why);
    }
    pooled.connection.close();
  }

  #forget(pooled: PooledConnection): void {
    const { group } = pooled;
    // From the end, where the newest are, because those are destroyed most.
    const position = group.idle.lastIndexOf(pooled);
    if (position >= 0) {
      group.idle.splice(position, 1);
      this.#idle--;
    }
    group.connections--;
    if (group.connections === 0 && !group.retired) this.#groups.delete(group.address);
  }

  // It ends with the first sweep that leaves nothing idle; to end it with the last connection that is taken would cost
  // a timer per call.
  #sweepLater(): void {
    if (this.#sweeper !== undefined || this.#ttlMs === Number.POSITIVE_INFINITY) return;
    this.#sweeper = setTimeout(() => this.#sweep(), sweepMs(this.#ttlMs));
    this.#sweeper.unref();
  }

  #sweep(): void {
    this.#sweeper = undefined;
    const now = performance.now();
    for (const { idle } of [...this.#groups.values()]) {
      for (const pooled of [...idle]) {
        const unfit = this.#whyUnfit(pooled, now);
        if (unfit !== undefined) this.#destroy(pooled, unfit);
      }
    }
    if (this.#idle > 0) this.#sweepLater();
  }
}

const maxSize = 10_000;
const defaultTtl = "1m";

function resolveOptions({ size, ttl = defaultTtl }: PoolOptions): { readonly size: number; readonly ttlMs: number } {
  if (!Number.isInteger(size) || size < 0 || size > maxSize) {
    throw new TypeError(`the size of a pool is a whole number from 0 to ${maxSize}, not ${size}`);
  }
  const ttlMs = parseDuration(ttl);
  if (ttlMs <= 0) throw new TypeError(`the ttl of a pool is above 0, not ${ttl}; a pool of size 0 keeps nothing`);
  return { size, ttlMs };
}

// Whatever is too old is also noticed when it is taken, so this bounds only how long it stays unused.
function sweepMs(ttlMs: number): number {
  return Math.min(Math.max(ttlMs / 2, 10), 30_000);
}
