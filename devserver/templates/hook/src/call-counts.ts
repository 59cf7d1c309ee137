import type { Kernel } from "@micro/kernel";

/** How often something was called. */
export interface CallCount {
  readonly calls: number;
  readonly failures: number;
}

/** How many names are counted apart; all beyond are counted as `other`. */
const maxNames = 1000;

/** Counts by name. */
export class CallCounts {
  readonly #counts = new Map<string, CallCount>();

  add(name: string, succeeded: boolean): void {
    const key = this.#counts.has(name) || this.#counts.size < maxNames ? name : "other";
    const { calls, failures } = this.#counts.get(key) ?? { calls: 0, failures: 0 };
    this.#counts.set(key, { calls: calls + 1, failures: failures + (succeeded ? 0 : 1) });
  }

  /** What was counted, in the order in which the names were first seen. */
  get all(): ReadonlyMap<string, CallCount> {
    return this.#counts;
  }
}

// One plugin may serve several kernels, so what it knows of each stands with the kernel.
const counts = new WeakMap<Kernel, CallCounts>();

/** What was counted in a kernel. */
export function countsOf(kernel: Kernel): CallCounts {
  let ofKernel = counts.get(kernel);
  if (ofKernel === undefined) counts.set(kernel, (ofKernel = new CallCounts()));
  return ofKernel;
}
