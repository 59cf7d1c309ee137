export type { RetryOptions } from "./options.ts";
export type { RetryEvent } from "./observe.ts";
export { retry } from "./retry.ts";

// For use without a kernel.
export { RetryBudget, type RetryBudgetOptions } from "./retry-budget.ts";
