import type { ClientExchange, Connection, Limits, Message } from "@micro/kernel";
import { leaseEnded } from "./errors.ts";

/**
 * The use of a pooled connection by one holder, until its `close()`. After that it does nothing to the connection,
 * which may have another holder by then.
 */
export class Lease implements Connection {
  readonly address: string;
  onClose: (() => void) | undefined = undefined;
  #held: Held | undefined;
  #isSpent = false;
  #exchanges = 0;

  constructor(address: string, held: Held) {
    this.address = address;
    this.#held = held;
  }

  get usable(): boolean {
    return this.#held?.connection.usable ?? false;
  }

  /** Those of earlier holders count too: above 0 at the start says that it is a kept one, which the peer may have closed. */
  get exchanges(): number {
    return this.#held?.connection.exchanges ?? this.#exchanges;
  }

  roundTrip(message: Message, limits: Limits): Promise<Message> {
    if (this.#held === undefined) return Promise.reject(leaseEnded(this.address));
    return this.#held.connection.roundTrip(message, limits);
  }

  open(message: Message, limits: Limits): ClientExchange {
    if (this.#held === undefined) throw leaseEnded(this.address);
    const exchange = this.#held.connection.open(message, limits);
    if (this.#held.onStream()) this.#isSpent = true;
    return exchange;
  }

  /** After {@link close} it does nothing: the connection is somebody else's by then. */
  retire(): void {
    this.#isSpent = true;
  }

  close(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#end(held);
    held.release(this, !this.#isSpent);
  }

  /** @internal The connection closed under its holder, who still closes the lease. */
  connectionLost(): void {
    if (this.#held !== undefined) this.#end(this.#held);
  }

  #end(held: Held): void {
    this.#exchanges = held.connection.exchanges;
    this.#held = undefined;
    // Not within the holder's own call, as a socket would not do it either.
    if (this.onClose !== undefined) queueMicrotask(this.onClose);
  }
}

/** What a lease holds. */
export interface Held {
  readonly connection: Connection;
  /** A stream began. Whether the connection is its alone. */
  onStream(): boolean;
  /** A lease ended; `reusable` says whether its holder left the connection fit for another one. */
  release(lease: Lease, reusable: boolean): void;
}
