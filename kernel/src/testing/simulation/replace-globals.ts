import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers";
import timersPromises from "node:timers/promises";
import { promisify } from "node:util";
import type { VirtualClock } from "./virtual-clock.ts";
import { VirtualImmediate, VirtualTimer } from "./virtual-timer.ts";

/** What a simulation puts in the place of the process's own. */
export interface Replacements {
  readonly clock: VirtualClock;
  /** For `Math.random`. */
  readonly random: () => number;
  /** The system time, in milliseconds since 1970. */
  readonly wallTime: () => number;
}

/**
 * Puts the virtual clock in the place of timers, `performance.now`, `Date` and `Math.random`, for the whole process, as
 * the mock timers of `node:test` do. The code under test reads them as it always does and pays nothing for it.
 *
 * @returns what puts everything back
 */
export function replaceGlobals({ clock, random, wallTime }: Replacements): () => void {
  const functions = timerFunctions(clock);
  const undo = [
    replace(globalThis, functions),
    replace(timers, functions),
    replace(timersPromises, sleepFunctions(functions)),
    replace(globalThis, { Date: virtualDate(wallTime) }),
    replace(Math, { random }),
    replace(performance, { now: () => clock.now }),
  ];
  // What `import { setTimeout } from "node:timers"` has follows the module object only when told to.
  syncBuiltinESMExports();
  return () => {
    for (const putBack of undo.reverse()) putBack();
    syncBuiltinESMExports();
  };
}

type Callback = (...args: unknown[]) => void;

interface TimerFunctions {
  setTimeout(callback: Callback, ms?: number, ...args: unknown[]): VirtualTimer;
  setInterval(callback: Callback, ms?: number, ...args: unknown[]): VirtualTimer;
  setImmediate(callback: Callback, ...args: unknown[]): VirtualImmediate;
  clearTimeout(timer: unknown): void;
  clearInterval(timer: unknown): void;
  clearImmediate(immediate: unknown): void;
}

function timerFunctions(clock: VirtualClock): TimerFunctions {
  // Timers from before the simulation are real ones.
  const { clearTimeout: clearReal, clearImmediate: clearRealImmediate } = globalThis;
  const clearTimer = (timer: unknown): void => {
    if (timer instanceof VirtualTimer) timer.close();
    else clearReal(timer as NodeJS.Timeout);
  };
  const functions: TimerFunctions = {
    setTimeout: (callback, ms = 1, ...args) => clock.createTimer(() => callback(...args), ms, false),
    setInterval: (callback, ms = 1, ...args) => clock.createTimer(() => callback(...args), ms, true),
    setImmediate: (callback, ...args) => clock.createImmediate(() => callback(...args)),
    clearTimeout: clearTimer,
    clearInterval: clearTimer,
    clearImmediate: (immediate) => {
      if (immediate instanceof VirtualImmediate) immediate.close();
      else clearRealImmediate(immediate as NodeJS.Immediate);
    },
  };
  const sleeps = sleepFunctions(functions);
  Object.defineProperty(functions.setTimeout, promisify.custom, { value: sleeps.setTimeout });
  Object.defineProperty(functions.setImmediate, promisify.custom, { value: sleeps.setImmediate });
  return functions;
}

interface SleepOptions {
  readonly signal?: AbortSignal;
}

/** Those of `node:timers/promises`, but for its `setInterval` and its scheduler. */
function sleepFunctions({ setTimeout, setImmediate }: Pick<TimerFunctions, "setTimeout" | "setImmediate">) {
  return {
    setTimeout: (ms?: number, value?: unknown, options: SleepOptions = {}) =>
      sleep((wake) => setTimeout(wake, ms), value, options),
    setImmediate: (value?: unknown, options: SleepOptions = {}) => sleep((wake) => setImmediate(wake), value, options),
  };
}

function sleep(start: (wake: () => void) => { close(): void }, value: unknown, { signal }: SleepOptions) {
  return new Promise<unknown>((resolve, reject) => {
    const onAbort = (): void => {
      timer.close();
      const error = new Error("The operation was aborted", { cause: signal?.reason });
      reject(Object.assign(error, { name: "AbortError", code: "ABORT_ERR" }));
    };
    const timer = start(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve(value);
    });
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
  });
}

function virtualDate(wallTime: () => number): DateConstructor {
  return new Proxy(Date, {
    apply: (date) => new date(wallTime()).toString(),
    construct: (date, args, target) => Reflect.construct(date, args.length === 0 ? [wallTime()] : args, target),
    get: (date, name) => (name === "now" ? () => Math.floor(wallTime()) : Reflect.get(date, name)),
  });
}

/** Puts members in an object; the function it returns puts back what was there, or takes them out. */
function replace(target: object, members: object): () => void {
  const before = Object.keys(members).map((name) => [name, Object.getOwnPropertyDescriptor(target, name)] as const);
  for (const [name, value] of Object.entries(members)) {
    Object.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: true });
  }
  return () => {
    for (const [name, descriptor] of before) {
      if (descriptor === undefined) Reflect.deleteProperty(target, name);
      else Object.defineProperty(target, name, descriptor);
    }
  };
}
