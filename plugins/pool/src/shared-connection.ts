import type { Connection } from "@micro/kernel";
import type { Held, Lease } from "./lease.ts";
import { WaitingLine } from "./waiting-line.ts";

/** A connection of a `SharedPool`, for as long as it lives. */
export class SharedConnection implements Held {
  readonly connection: Connection;
  readonly group: SharedGroup;
  /** On the clock of `performance.now()`. */
  readonly dialedAt: number = performance.now();
  /** Its uses. */
  readonly leases: Set<Lease> = new Set();
  /** Why it takes no new exchange. */
  withdrawn: string | undefined = undefined;
  readonly #owner: SharedOwner;

  constructor(connection: Connection, group: SharedGroup, owner: SharedOwner) {
    this.connection = connection;
    this.group = group;
    this.#owner = owner;
    connection.onClose = () => owner.lost(this);
  }

  // The transport keeps streams and calls apart.
  onStream(): boolean {
    return false;
  }

  release(lease: Lease, reusable: boolean): void {
    this.#owner.release(this, lease, reusable);
  }
}

/** The connections to one address that take new exchanges. */
export class SharedGroup {
  readonly address: string;
  readonly connections: SharedConnection[] = [];
  /** Who asked while all that there may be were being dialled. */
  readonly waiting: WaitingLine = new WaitingLine();
  dialling = 0;
  /** The address left. */
  retired = false;

  constructor(address: string) {
    this.address = address;
  }

  /** Takes a connection out; one that is not there is no mistake. */
  delete(shared: SharedConnection): void {
    const at = this.connections.indexOf(shared);
    if (at >= 0) this.connections.splice(at, 1);
  }
}

/** What a shared connection asks of its pool. */
export interface SharedOwner {
  /** A use ended; `reusable` says whether its holder left the connection fit for another one. */
  release(shared: SharedConnection, lease: Lease, reusable: boolean): void;
  /** The connection closed by itself. */
  lost(shared: SharedConnection): void;
}
