/** Calls in a tight loop, one after the other, and says how many a second there were. */
export async function callInTurn(call: () => Promise<unknown>, ms: number): Promise<number> {
  const start = performance.now();
  let calls = 0;
  let now = start;
  for (; now < start + ms; now = performance.now()) {
    // The clock would be a good part of what is measured if it were read for every call.
    for (let at = 0; at < 500; at++) await call();
    calls += 500;
  }
  return (1000 * calls) / (now - start);
}

/** The same for something that does not wait. The sum keeps the engine from leaving it out. */
export function repeat(run: () => number, ms: number): number {
  const start = performance.now();
  let runs = 0;
  let sum = 0;
  let now = start;
  for (; now < start + ms; now = performance.now()) {
    for (let at = 0; at < 10_000; at++) sum += run();
    runs += 10_000;
  }
  if (Number.isNaN(sum)) throw new Error("what was repeated gave no number");
  return (1000 * runs) / (now - start);
}

/** So many callers at a time, each of which calls again as soon as it has its answer. */
export async function callAtOnce(call: () => Promise<unknown>, callers: number, ms: number): Promise<number> {
  const start = performance.now();
  let calls = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() < start + ms) {
      await call();
      calls++;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return (1000 * calls) / (performance.now() - start);
}
