// What very many calls leave behind: nothing.

import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { suite } from "uvu";
import { overList } from "../src/discovery.ts";
import { sayFigures } from "../src/figures.ts";
import { withFleet } from "../src/fleet.ts";
import { byForm } from "../src/long-form.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const calls = byForm(40_000, 5_000_000);
const samples = 10;
const callers = 32;

const test = suite("memory");

test("it does not grow with the calls", async () => {
  await withFleet({ discovery: overList, size: 2, workMs: 0 }, async (fleet) => {
    const caller = await fleet.caller({ plugins: [], flags: { selector: "p2c" } });
    const { client } = caller.kernel;
    const call = (): Promise<unknown> => client.call(fleet.service, "Debug.Health", { id: "" });
    const heaps: number[] = [];
    for (let sample = 0; sample < samples; sample++) {
      await callMany(call, calls / samples);
      heaps.push(await heapNow());
    }

    // Behind what is made once: code, caches, the connections.
    const settled = heaps.slice(samples / 2);
    const growth = slopePerSample(settled) / (calls / samples);
    const megabytes = heaps.map((heap) => (heap / 1e6).toFixed(2)).join(" ");
    sayFigures(
      "memory",
      `${calls} calls, ${growth.toFixed(3)} bytes a call; heap in MB after each tenth: ${megabytes}`,
    );
    // In bytes a call. One object that stays would be a hundred.
    assert.ok(growth < byForm(8, 1), `${growth.toFixed(2)} bytes a call: ${heaps.join(" ")}`);
  });
});

test("the measure sees what stays of each call", async () => {
  const kept: object[] = [];
  const heaps: number[] = [];
  for (let sample = 0; sample < samples; sample++) {
    for (let n = 0; n < 4000; n++) kept.push({ n, of: `${sample}-${n}` });
    heaps.push(await heapNow());
  }

  assert.ok(slopePerSample(heaps.slice(samples / 2)) / 4000 > 8, heaps.join(" "));
  assert.equal(kept.length, samples * 4000);
});

test.run();

async function callMany(call: () => Promise<unknown>, count: number): Promise<void> {
  let left = count;
  const callOn = async (): Promise<void> => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: callers }, callOn));
}

async function heapNow(): Promise<number> {
  for (let n = 0; n < 3; n++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage().heapUsed;
}

/** By how much each value is above the one before it, by the line that fits them best. */
function slopePerSample(values: readonly number[]): number {
  const meanAt = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [above, below] = [0, 0];
  for (const [at, value] of values.entries()) {
    above += (at - meanAt) * (value - mean);
    below += (at - meanAt) ** 2;
  }
  return above / below;
}
