export { type PoolSettings, pool } from "./pool.ts";

// For use without a kernel.
export { ConnectionPool } from "./connection-pool.ts";
export { SharedPool } from "./shared-pool.ts";
export type { PoolOptions, SharedPoolOptions } from "./options.ts";
export type { PoolStats } from "./pool-stats.ts";
export type { PoolEvent } from "./observe.ts";
