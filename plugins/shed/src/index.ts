export type { ShedOptions } from "./options.ts";
export type { ShedEvent } from "./observe.ts";
export { shed } from "./shed.ts";

// For use without a kernel.
export { Gate, type GateOptions, type GateStats } from "./gate.ts";
