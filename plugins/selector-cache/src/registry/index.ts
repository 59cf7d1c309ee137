export { CachedRegistry, type CacheStats } from "./cached-registry.ts";
export { cacheSelector } from "./cache-selector.ts";
export type { CacheOptions, Clock } from "./options.ts";
export type { CacheEvent } from "./observe.ts";
