export { type CacherOptions, cacher } from "./cacher-plugin.ts";
export type { Cacher } from "./cacher.ts";
export { MemoryCacher } from "./memory-cacher.ts";
