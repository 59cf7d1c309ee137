export { type FooOptions, fooPlugin } from "./foo-plugin.ts";
export { type CallCount, CallCounts, countsOf } from "./call-counts.ts";
