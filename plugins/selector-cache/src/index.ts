export { type SelectorCacheSettings, selectorCache } from "./selector-cache.ts";

// What `@micro/selector-cache/registry` has for use without a kernel. It stands apart because it loads lru-cache.
export type { CacheOptions, Clock } from "./registry/options.ts";
export type { CacheEvent } from "./registry/observe.ts";
export type { CacheStats } from "./registry/cached-registry.ts";
