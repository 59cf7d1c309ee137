export { type BreakerOptions, wrapperBreaker } from "./wrapper-breaker.ts";
export { breakersOf } from "./breakers-of.ts";
export type { BreakerEvent } from "./observe.ts";

// For use without a kernel.
export { Breakers } from "./breakers.ts";
export { Breaker, type BreakerSettings, type BreakerState, type BreakerStats } from "./breaker.ts";
export { isFailure } from "./is-failure.ts";
