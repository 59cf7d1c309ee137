import type { Summary } from "./ledger.ts";

/**
 * Says what a test measured, in a line that the runner shows also when all is well, so that it can be quoted.
 *
 * @param what the test in a few words
 */
export function sayFigures(what: string, figures: string): void {
  console.log(`FIGURES ${what}: ${figures}`);
}

/** What became of the calls of a test, in words. */
export function inWords({ calls, failed, twice, finishedTwice, p50, p99, max }: Summary): string {
  const doubles = `${twice} begun and ${finishedTwice} carried out twice`;
  return `${calls} calls, ${failed} failed, ${doubles}; p50 ${ms(p50)}, p99 ${ms(p99)}, slowest ${ms(max)}`;
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}
