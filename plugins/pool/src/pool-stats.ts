/** What a pool has and has done. */
export interface PoolStats {
  /** Connections that wait for their next use. */
  readonly idle: number;
  /** Connections in use. */
  readonly leased: number;
  /** Addresses with a connection: idle, in use, or being dialled. */
  readonly addresses: number;
  /** How often a connection was dialled, in all. */
  readonly dialed: number;
  /** How often a kept connection was used again, in all. */
  readonly reused: number;
}
