import type { Kernel } from "@micro/kernel";
import type { Breakers } from "./breakers.ts";

const known = new WeakMap<Kernel, Breakers>();

/**
 * The circuits of a kernel that has the plugin; `undefined` for one that has not.
 *
 * @example
 * for (const { service, method, state } of breakersOf(kernel)?.stats() ?? []) console.log(service, method, state);
 */
export function breakersOf(kernel: Kernel): Breakers | undefined {
  return known.get(kernel);
}

/** Keeps the circuits for as long as their kernel is there. */
export function remember(kernel: Kernel, breakers: Breakers): void {
  known.set(kernel, breakers);
}
