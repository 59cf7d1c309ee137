import type { ClientExchange, Connection, Limits, Message } from "@micro/kernel";
import { leaseEnded } from "./errors.ts";
import type { PooledConnection } from "./pooled-connection.ts";

/**
 * The use of a pooled connection by one holder, until its `close()`. After that it does nothing to the connection,
 * which may have another holder by then.
 */
export class Lease implements Connection {
  readonly address: string;
  onClose: (() => void) | undefined = undefined;
  #pooled: PooledConnection | undefined;
  #isSpent = false;
  #exchanges = 0;

  constructor(pooled: PooledConnection) {
    this.address = pooled.group.address;
    this.#pooled = pooled;
  }

  get usable(): boolean {
    return this.#pooled?.connection.usable ?? false;
  }

  /** Those of earlier holders count too: above 0 at the start says that it is a kept one, which the peer may have closed. */
  get exchanges(): number {
    return this.#pooled?.connection.exchanges ?? this.#exchanges;
  }

  roundTrip(message: Message, limits: Limits): Promise<Message> {
    if (this.#pooled === undefined) return Promise.reject(leaseEnded(this.address));
    return this.#pooled.connection.roundTrip(message, limits);
  }

  open(message: Message, limits: Limits): ClientExchange {
    if (this.#pooled === undefined) throw leaseEnded(this.address);
    const exchange = this.#pooled.connection.open(message, limits);
    // Late items of a stream would be the answers of whoever came next.
    this.#isSpent = true;
    return exchange;
  }

  /** After {@link close} it does nothing: the connection is somebody else's by then. */
  retire(): void {
    this.#isSpent = true;
  }

  close(): void {
    const pooled = this.#pooled;
    if (pooled === undefined) return;
    this.#end(pooled);
    pooled.owner.release(pooled, !this.#isSpent);
  }

  /** @internal The connection closed under its holder, who still closes the lease. */
  connectionLost(): void {
    const pooled = this.#pooled;
    if (pooled !== undefined) this.#end(pooled);
  }

  #end(pooled: PooledConnection): void {
    this.#exchanges = pooled.connection.exchanges;
    this.#pooled = undefined;
    // Not within the holder's own call, as a socket would not do it either.
    if (this.onClose !== undefined) queueMicrotask(this.onClose);
  }
}
