import assert from "node:assert/strict";
import { MicroError } from "@micro/wire";
import { within } from "./within.ts";

/**
 * What declares a test in the runner of your choice: uvu's suite, `test` of node:test, vitest. Called with a sentence
 * that says how the thing behaves, and a function that rejects when it does not.
 */
export type Test = (name: string, run: () => Promise<void>) => unknown;

/** What all kits take. */
export interface KitOptions {
  readonly test: Test;
  /** How long any one step may take, in milliseconds; default 5000. It bounds what hangs, and measures nothing. */
  readonly limitMs?: number;
}

/** The time limit of a step where none is given. */
export const defaultLimitMs = 5000;

/** Things to close at the end of a test, last first, whatever became of it. */
export class Scope {
  readonly limitMs: number;
  readonly #closers: (() => unknown)[] = [];

  constructor(limitMs: number) {
    this.limitMs = limitMs;
  }

  /** Hands over a closer. */
  readonly defer = (close: () => unknown): void => {
    this.#closers.push(close);
  };

  /** Waits for a step within the limit of the kit. */
  readonly step = <T>(what: string, work: Promise<T> | (() => T | Promise<T>)): Promise<T> =>
    handled(within(this.limitMs, what, work));

  /** Closes everything. */
  async close(): Promise<void> {
    for (const close of this.#closers.reverse()) await within(this.limitMs, "closing", async () => close());
  }
}

/**
 * The same promise. A test that fails elsewhere does not await it any more, and its rejection must not end the
 * process then.
 */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** Runs a test with a scope of its own. A failure of the test is told before a failure of its end. */
export async function withScope(limitMs: number, run: (scope: Scope) => Promise<void>): Promise<void> {
  const scope = new Scope(limitMs);
  try {
    await run(scope);
  } catch (error) {
    await scope.close().catch(() => {});
    throw error;
  }
  await scope.close();
}

/** What a MicroError must be like. */
export interface Expected {
  readonly code?: number;
  readonly reason?: string;
  readonly notProcessed?: boolean;
}

/** Waits for a failure and checks that it is such a MicroError. */
export async function failsWith(expected: Expected, work: () => unknown): Promise<MicroError> {
  const error = await failureOf(work);
  assert.ok(MicroError.is(error), `a MicroError is thrown, not ${String(error)}`);
  for (const [field, value] of Object.entries(expected)) {
    assert.equal(error[field as keyof Expected], value, `the ${field} of "${error.detail}"`);
  }
  return error;
}

/** What was thrown, at once or by a promise. */
export async function failureOf(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  assert.fail("it should have failed");
}

/** Checks that no test could put something on what every object inherits. */
export function assertNotPolluted(): void {
  assert.equal(Object.hasOwn(Object.prototype, "polluted"), false, "Object.prototype is as it was");
  assert.equal(({} as { polluted?: unknown }).polluted, undefined, "Object.prototype is as it was");
}

/** A promise that is settled from outside. */
export interface Gate<T = void> {
  readonly promise: Promise<T>;
  open(value: T): void;
}

/** Makes a promise that is settled from outside. */
export function createGate<T = void>(): Gate<T> {
  let open: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

/** Numbers that look random and are the same in every run, so that a failure can be seen again. */
export function createNoise(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    // The constants of Numerical Recipes; the high bits are the good ones.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
