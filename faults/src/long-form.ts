/**
 * Whether the tests take their time: `FAULTS=long`, which `npm run test:faults` sets. The short form shows the same with
 * fewer calls, so that it can run with every `npm test`.
 */
export const isLong: boolean = process.env.FAULTS === "long";

/** One of two values, by the form that runs. */
export function byForm<Value>(short: Value, long: Value): Value {
  return isLong ? long : short;
}
