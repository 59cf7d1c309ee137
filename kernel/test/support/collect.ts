import assert from "node:assert/strict";
import type { Test } from "../../src/testing/index.ts";

/** The tests of a kit by name, declared and not run. */
export type Collected = ReadonlyMap<string, () => Promise<void>>;

/** Declares the tests of a kit without a runner. */
export function collect(declare: (test: Test) => void): Collected {
  const tests = new Map<string, () => Promise<void>>();
  declare((name, run) => {
    assert.ok(!tests.has(name), `two tests are called "${name}"`);
    tests.set(name, run);
  });
  return tests;
}

/** An implementation that breaks the contract in one way. */
export interface Breakage<Make> {
  /** What it does wrong. */
  readonly does: string;
  readonly make: Make;
  /** The tests of the kit that see it. */
  readonly seenBy: readonly string[];
  /** Puts right what it did to the process. */
  readonly undo?: () => void;
}

/** Runs the tests that must see the breakage; returns those that did not. */
export async function blindTests<Make>(tests: Collected, { seenBy, undo }: Breakage<Make>): Promise<string[]> {
  const blind: string[] = [];
  for (const name of seenBy) {
    const run = tests.get(name);
    assert.ok(run !== undefined, `the kit has no test "${name}"`);
    const saw = await run().then(
      () => false,
      () => true,
    );
    undo?.();
    if (!saw) blind.push(name);
  }
  return blind;
}

/** The tests of a kit that no breakage names, so that nobody has seen them fail. */
export function unseenTests<Make>(tests: Collected, breakages: readonly Breakage<Make>[]): string[] {
  const seen = new Set(breakages.flatMap(({ seenBy }) => seenBy));
  return [...tests.keys()].filter((name) => !seen.has(name));
}
