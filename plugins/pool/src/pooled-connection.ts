import type { Connection } from "@micro/kernel";
import type { Held, Lease } from "./lease.ts";
import { WaitingLine } from "./waiting-line.ts";

/** A connection of a pool, for as long as it lives. */
export class PooledConnection implements Held {
  readonly connection: Connection;
  readonly group: AddressGroup;
  /** On the clock of `performance.now()`. */
  readonly dialedAt: number = performance.now();
  /** Who has it, or had it last. */
  lease: Lease | undefined = undefined;
  isStream = false;
  readonly #owner: PoolOwner;

  constructor(connection: Connection, group: AddressGroup, owner: PoolOwner) {
    this.connection = connection;
    this.group = group;
    this.#owner = owner;
    connection.onClose = () => owner.lost(this);
  }

  // Late items of a stream would be the answers of whoever came next.
  onStream(): boolean {
    if (!this.isStream) this.#owner.streamBegan(this);
    return true;
  }

  release(_lease: Lease, reusable: boolean): void {
    this.#owner.release(this, reusable);
  }
}

/** The connections to one address. */
export class AddressGroup {
  readonly address: string;
  /** The newest last. */
  readonly idle: PooledConnection[] = [];
  /** Calls beyond the limit. */
  readonly waiting: WaitingLine = new WaitingLine();
  /** How many there are: idle, in use, or being dialled. */
  connections = 0;
  /** How many of them a stream has. */
  streams = 0;
  /** The address left; what is given back is closed. */
  retired = false;

  constructor(address: string) {
    this.address = address;
  }
}

/** What a connection asks of its pool. */
export interface PoolOwner {
  /** A lease ended; `reusable` says whether its holder left the connection fit for another one. */
  release(pooled: PooledConnection, reusable: boolean): void;
  /** The connection is a stream's from now on. */
  streamBegan(pooled: PooledConnection): void;
  /** The connection closed by itself. */
  lost(pooled: PooledConnection): void;
}
