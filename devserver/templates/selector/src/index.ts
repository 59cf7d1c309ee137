export { selectorFoo } from "./selector-foo.ts";
export { leastRecentlyUsed } from "./least-recently-used.ts";
