export { type SelectorP2cSettings, selectorP2c } from "./selector-p2c.ts";

// For use without a kernel.
export { Balancer, type BalancerOptions } from "./balancer.ts";
