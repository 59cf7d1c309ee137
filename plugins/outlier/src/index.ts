export type { OutlierOptions } from "./options.ts";
export type { OutlierEvent } from "./observe.ts";
export { outlier } from "./outlier.ts";

// For use without a kernel.
export { type DetectorOptions, OutlierDetector } from "./outlier-detector.ts";
