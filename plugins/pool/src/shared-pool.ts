import type { Connection, DialNext, DialTarget } from "@micro/kernel";
import { dialWith } from "./dial-with.ts";
import { poolClosed } from "./errors.ts";
import { Lease } from "./lease.ts";
import { tell } from "./observe.ts";
import { resolveOptions, type SharedPoolOptions } from "./options.ts";
import type { PoolStats } from "./pool-stats.ts";
import { SharedConnection, SharedGroup, type SharedOwner } from "./shared-connection.ts";
import { Sweeper } from "./sweeper.ts";

/**
 * Shares connections of a transport that carries many exchanges at once on one (`Transport.multiplexed`): up to
 * {@link SharedPoolOptions.size} per address, each exchange on the one that has the fewest. Another one is dialled
 * while all have an exchange and there are fewer than that.
 *
 * `close()` on what {@link acquire} gave ends that use alone. A connection that is too old, not `usable` or retired takes
 * no new exchange, and closes when its last one has ended. Streams share a connection like calls.
 *
 * @example
 * const pool = new SharedPool((target) => transport.dial(target.address, target), { size: 2 });
 */
export class SharedPool implements SharedOwner {
  readonly #dial: DialNext;
  readonly #size: number;
  readonly #ttlMs: number;
  readonly #sweeper: Sweeper;
  readonly #groups = new Map<string, SharedGroup>();
  readonly #all = new Set<SharedConnection>();
  #idle = 0;
  #dialed = 0;
  #reused = 0;
  #closed = false;

  /**
   * @param dial opens a connection
   * @throws TypeError when an option is out of its range; the size is 1 or more
   */
  constructor(dial: DialNext, options: SharedPoolOptions) {
    const { size, ttlMs } = resolveOptions(options);
    if (size === 0) throw new TypeError("the size of a shared pool is 1 or more");
    this.#dial = dial;
    this.#size = size;
    this.#ttlMs = ttlMs;
    this.#sweeper = new Sweeper(ttlMs, () => this.#sweep());
  }

  /**
   * The use of a connection: at once when one is there, else when it is dialled. Call `close()` when done.
   *
   * @throws MicroError 500 with reason `pool_closed`, 408 with `notProcessed` when the limits ended the waiting for others
   *   that dial, and whatever dialling fails with
   */
  acquire(target: DialTarget): Connection | Promise<Connection> {
    if (this.#closed) throw poolClosed();
    const group = this.#groups.get(target.address) ?? this.#addGroup(target.address);
    const least = this.#leastLoaded(group);
    const mayDial = group.connections.length + group.dialling < this.#size;
    if (least !== undefined && (least.leases.size === 0 || !mayDial)) return this.#lease(least);
    return mayDial ? this.#open(group, target) : group.waiting.join(target);
  }

  /** Closes the idle connections to an address that left, and the others when their last exchange has ended. */
  closeAddress(address: string): void {
    const group = this.#groups.get(address);
    if (group === undefined) return;
    this.#groups.delete(address);
    group.retired = true;
    for (const shared of [...group.connections]) this.#withdraw(shared, "its address left");
  }

  /** The addresses that it has connections to. */
  get addresses(): readonly string[] {
    return [...this.#groups.keys()];
  }

  /** What it has and has done; a connection is leased while it carries anything. */
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
    this.#sweeper.stop();
    for (const { waiting } of this.#groups.values()) waiting.rejectAll(poolClosed());
    for (const shared of [...this.#all]) this.#destroy(shared, "the pool closed");
  }

  /** @internal A use ended. */
  release(shared: SharedConnection, lease: Lease, reusable: boolean): void {
    shared.leases.delete(lease);
    if (!this.#all.has(shared)) return;
    const refusal = this.#whyUnfit(shared, performance.now()) ?? (reusable ? undefined : "its holder retired it");
    if (shared.leases.size === 0) this.#idle++;
    if (refusal !== undefined) this.#withdraw(shared, refusal);
    else {
      this.#sweeper.wake();
      tell("release", shared.group.address, undefined);
    }
  }

  /** @internal The connection closed by itself. */
  lost(shared: SharedConnection): void {
    const leases = [...shared.leases];
    this.#destroy(shared, "it was closed by the peer or by an error");
    for (const lease of leases) lease.connectionLost();
  }

  // Whatever is unfit leaves the group on the way.
  #leastLoaded(group: SharedGroup): SharedConnection | undefined {
    let least: SharedConnection | undefined;
    const now = performance.now();
    for (const shared of [...group.connections]) {
      const unfit = this.#whyUnfit(shared, now);
      if (unfit !== undefined) this.#withdraw(shared, unfit);
      else if (least === undefined || shared.leases.size < least.leases.size) least = shared;
    }
    return least;
  }

  #whyUnfit({ connection, group, dialedAt, withdrawn }: SharedConnection, now: number): string | undefined {
    if (withdrawn !== undefined) return withdrawn;
    if (group.retired) return "its address left";
    if (!connection.usable) return "it takes no more exchanges";
    return now - dialedAt >= this.#ttlMs ? "it is too old" : undefined;
  }

  #lease(shared: SharedConnection): Connection {
    if (shared.leases.size === 0) this.#idle--;
    this.#reused++;
    tell("reuse", shared.group.address, undefined);
    return this.#addLease(shared);
  }

  #addLease(shared: SharedConnection): Connection {
    const lease = new Lease(shared.group.address, shared);
    shared.leases.add(lease);
    return lease;
  }

  #addGroup(address: string): SharedGroup {
    const group = new SharedGroup(address);
    this.#groups.set(address, group);
    return group;
  }

  #open(group: SharedGroup, target: DialTarget): Connection | Promise<Connection> {
    // It may have been forgotten a moment ago, with its last connection.
    if (!group.retired) this.#groups.set(group.address, group);
    group.dialling++;
    const dialed = dialWith(this.#dial, target);
    if (!(dialed instanceof Promise)) return this.#adopt(dialed, group);
    return dialed.then(
      (connection) => this.#adopt(connection, group),
      (error: unknown) => this.#dialFailed(error, group),
    );
  }

  #adopt(connection: Connection, group: SharedGroup): Connection {
    group.dialling--;
    if (this.#closed) {
      connection.close();
      group.waiting.rejectAll(poolClosed());
      throw poolClosed();
    }
    const shared = new SharedConnection(connection, group, this);
    this.#all.add(shared);
    group.connections.push(shared);
    this.#dialed++;
    tell("dial", group.address, undefined);
    const lease = this.#addLease(shared);
    this.#serveWaiting(group);
    return lease;
  }

  // Who dialled in vain may use what others have dialled: only with none at all the error is its own.
  #dialFailed(error: unknown, group: SharedGroup): Connection {
    group.dialling--;
    const least = this.#closed ? undefined : this.#leastLoaded(group);
    if (least !== undefined) return this.#lease(least);
    this.#serveWaiting(group);
    this.#forgetEmpty(group);
    throw error;
  }

  // Those who wait do so only while there is no connection: a new one serves all, an end in vain lets the next one try.
  #serveWaiting(group: SharedGroup): void {
    if (this.#closed) group.waiting.rejectAll(poolClosed());
    for (;;) {
      const least = this.#leastLoaded(group);
      if (least === undefined && group.dialling >= this.#size) return;
      const waiter = group.waiting.shift();
      if (waiter === undefined) return;
      waiter.resolve(least === undefined ? this.#open(group, waiter.target) : this.#lease(least));
    }
  }

  /** It takes no new exchange, and closes when it has none. */
  #withdraw(shared: SharedConnection, why: string): void {
    shared.withdrawn = why;
    shared.group.delete(shared);
    if (shared.leases.size === 0) this.#destroy(shared, why);
    else this.#forgetEmpty(shared.group);
  }

  #destroy(shared: SharedConnection, why: string): void {
    const isOurs = this.#all.delete(shared);
    if (isOurs && shared.leases.size === 0) this.#idle--;
    shared.connection.close();
    if (!isOurs) return;
    tell("close", shared.group.address, why);
    shared.group.delete(shared);
    this.#forgetEmpty(shared.group);
  }

  #forgetEmpty({ address, connections, dialling }: SharedGroup): void {
    const group = this.#groups.get(address);
    if (connections.length === 0 && dialling === 0 && group?.connections === connections) this.#groups.delete(address);
  }

  #sweep(): boolean {
    const now = performance.now();
    for (const shared of [...this.#all]) {
      if (shared.leases.size > 0) continue;
      const unfit = this.#whyUnfit(shared, now);
      if (unfit !== undefined) this.#withdraw(shared, unfit);
    }
    return this.#idle > 0;
  }
}
