import type { Connection } from "@micro/kernel";
import type { Lease } from "./lease.ts";

/** A connection of a pool, for as long as it lives. */
export class PooledConnection {
  readonly connection: Connection;
  readonly group: AddressGroup;
  readonly owner: PoolOwner;
  /** On the clock of `performance.now()`. */
  readonly dialedAt: number = performance.now();
  /** Who has it, or had it last. */
  lease: Lease | undefined = undefined;

  constructor(connection: Connection, group: AddressGroup, owner: PoolOwner) {
    this.connection = connection;
    this.group = group;
    this.owner = owner;
    connection.onClose = () => owner.lost(this);
  }
}

/** The connections to one address. */
export class AddressGroup {
  readonly address: string;
  /** The newest last. */
  readonly idle: PooledConnection[] = [];
  /** How many there are, idle or in use. */
  connections = 0;
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
  /** The connection closed by itself. */
  lost(pooled: PooledConnection): void;
}
