export { type PoolSettings, pool } from "./pool.ts";

// For use without a kernel.
export { ConnectionPool, type PoolOptions, type PoolStats } from "./connection-pool.ts";
export type { PoolEvent } from "./observe.ts";
