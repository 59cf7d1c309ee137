import type { Connection, DialNext, DialTarget } from "@micro/kernel";
import { dialWith } from "./dial-with.ts";
import { poolClosed } from "./errors.ts";
import { Lease } from "./lease.ts";
import { tell } from "./observe.ts";
import { type PoolOptions, resolveOptions } from "./options.ts";
import type { PoolStats } from "./pool-stats.ts";
import { AddressGroup, PooledConnection, type PoolOwner } from "./pooled-connection.ts";
import { Sweeper } from "./sweeper.ts";

/**
 * Keeps connections that were given back, per address, and hands them out again, the newest first, so that after a
 * burst the others grow old and go. A connection has one holder at a time, and is kept only while it is `usable`;
 * what is broken or might still carry an answer is closed.
 *
 * `close()` on what {@link acquire} gave is what gives it back. A stream keeps its connection for good: a connection
 * on which `open()` was called is closed instead. For a transport that carries many exchanges at once on a connection
 * there is `SharedPool`.
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
  readonly #limit: number;
  readonly #sweeper: Sweeper;
  readonly #groups = new Map<string, AddressGroup>();
  readonly #all = new Set<PooledConnection>();
  #idle = 0;
  #dialed = 0;
  #reused = 0;
  #closed = false;

  /**
   * @param dial opens a connection; called whenever none is kept
   * @throws TypeError when an option is out of its range
   */
  constructor(dial: DialNext, options: PoolOptions) {
    const { size, ttlMs, limit } = resolveOptions(options);
    this.#dial = dial;
    this.#size = size;
    this.#ttlMs = ttlMs;
    this.#limit = limit;
    this.#sweeper = new Sweeper(ttlMs, () => this.#sweep());
  }

  /**
   * A connection of the caller's own: at once when one is kept, else dialled, in its turn where there are as many as
   * there may be. Call `close()` when done.
   *
   * @throws MicroError 500 with reason `pool_closed`, 408 with `notProcessed` when the limits ended the waiting, and
   *   whatever dialling fails with
   */
  acquire(target: DialTarget): Connection | Promise<Connection> {
    if (this.#closed) throw poolClosed();
    const group = this.#groups.get(target.address);
    const kept = group === undefined ? undefined : this.#take(group);
    return kept === undefined ? this.#openInTurn(target) : this.#lease(kept);
  }

  /** Closes the idle connections to an address that left, and has those in use closed when they are given back. */
  closeAddress(address: string): void {
    const group = this.#groups.get(address);
    if (group === undefined) return;
    this.#groups.delete(address);
    group.retired = true;
    for (const pooled of [...group.idle]) this.#destroy(pooled, "its address left");
  }

  /** The addresses that it has connections to. */
  get addresses(): readonly string[] {
    return [...this.#groups.keys()];
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
    this.#sweeper.stop();
    for (const { waiting } of this.#groups.values()) waiting.rejectAll(poolClosed());
    for (const pooled of [...this.#all]) this.#destroy(pooled, "the pool closed");
  }

  /** @internal A lease ended. */
  release(pooled: PooledConnection, reusable: boolean): void {
    const refusal = this.#whyNotKept(pooled, reusable);
    if (refusal !== undefined) this.#destroy(pooled, refusal);
    else if (pooled.group.waiting.isEmpty) this.#keep(pooled);
    else this.#handOn(pooled);
  }

  /** @internal */
  streamBegan(pooled: PooledConnection): void {
    pooled.isStream = true;
    pooled.group.streams++;
    this.#serveWaiting(pooled.group);
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
    this.#sweeper.wake();
    tell("release", pooled.group.address, undefined);
  }

  // To whoever waits longest, unless it is unfit: then its end makes room for another one.
  #handOn(pooled: PooledConnection): void {
    const unfit = this.#whyUnfit(pooled, performance.now());
    if (unfit !== undefined) {
      this.#destroy(pooled, unfit);
      return;
    }
    this.#reused++;
    tell("reuse", pooled.group.address, undefined);
    pooled.group.waiting.shift()?.resolve(this.#lease(pooled));
  }

  #openInTurn(target: DialTarget): Connection | Promise<Connection> {
    const group = this.#groups.get(target.address) ?? this.#addGroup(target.address);
    return this.#isFull(group) ? group.waiting.join(target) : this.#open(group, target);
  }

  #isFull({ connections, streams }: AddressGroup): boolean {
    return connections - streams >= this.#limit;
  }

  #addGroup(address: string): AddressGroup {
    const group = new AddressGroup(address);
    this.#groups.set(address, group);
    return group;
  }

  #open(group: AddressGroup, target: DialTarget): Connection | Promise<Connection> {
    group.connections++;
    const dialed = dialWith(this.#dial, target);
    if (!(dialed instanceof Promise)) return this.#adopt(dialed, group);
    return dialed.then(
      (connection) => this.#adopt(connection, group),
      (error: unknown) => this.#dialFailed(error, group),
    );
  }

  #adopt(connection: Connection, group: AddressGroup): Connection {
    if (this.#closed) {
      connection.close();
      return this.#dialFailed(poolClosed(), group);
    }
    const pooled = new PooledConnection(connection, group, this);
    this.#all.add(pooled);
    this.#dialed++;
    tell("dial", group.address, undefined);
    return this.#lease(pooled);
  }

  #dialFailed(error: unknown, group: AddressGroup): never {
    this.#countDown(group);
    throw error;
  }

  // A lease of its own for each use, so that whoever held the connection before cannot touch it.
  #lease(pooled: PooledConnection): Connection {
    const lease = new Lease(pooled.group.address, pooled);
    pooled.lease = lease;
    return lease;
  }

  #destroy(pooled: PooledConnection, why: string): void {
    const isOurs = this.#all.delete(pooled);
    pooled.connection.close();
    if (!isOurs) return;
    tell("close", pooled.group.address, why);
    this.#forget(pooled);
  }

  #forget(pooled: PooledConnection): void {
    const { group } = pooled;
    // From the end, where the newest are, because those are destroyed most.
    const position = group.idle.lastIndexOf(pooled);
    if (position >= 0) {
      group.idle.splice(position, 1);
      this.#idle--;
    }
    if (pooled.isStream) group.streams--;
    this.#countDown(group);
  }

  #countDown(group: AddressGroup): void {
    group.connections--;
    this.#serveWaiting(group);
    // One that was retired has left already, and its address may have another group by now.
    if (group.connections === 0 && !group.retired) this.#groups.delete(group.address);
  }

  #serveWaiting(group: AddressGroup): void {
    while (!group.waiting.isEmpty && !this.#isFull(group)) {
      if (this.#closed) group.waiting.rejectAll(poolClosed());
      else this.#openFor(group);
    }
  }

  #openFor(group: AddressGroup): void {
    const waiter = group.waiting.shift();
    if (waiter !== undefined) waiter.resolve(this.#open(group, waiter.target));
  }

  #sweep(): boolean {
    const now = performance.now();
    for (const { idle } of [...this.#groups.values()]) {
      for (const pooled of [...idle]) {
        const unfit = this.#whyUnfit(pooled, now);
        if (unfit !== undefined) this.#destroy(pooled, unfit);
      }
    }
    return this.#idle > 0;
  }
}
