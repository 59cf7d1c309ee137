import { eventually } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Probe, type Reading, Vitals } from "../src/vitals.ts";

const test = suite("whether the process is well");

const limitMs = 10_000;
const limits = { maxLoopDelayMs: 250, maxHeap: 0.95 };
const well: Reading = { loopDelayMs: 3, heap: 0.4 };
const late: Reading = { loopDelayMs: 400, heap: 0.4 };
const full: Reading = { loopDelayMs: 3, heap: 0.96 };

for (const [what, reading, why] of [
  ["a late event loop", late, "the event loop is late"],
  ["a full heap", full, "the heap is nearly full"],
] as const) {
  test(`${what} is told after two windows in a row, and no longer than it lasts`, async () => {
    const told = await toldAfter([well, reading, well, reading, reading, reading, well]);
    assert.equal(told, [undefined, undefined, undefined, undefined, why, why, undefined]);
  });
}

test("a limit of 0 is none", async () => {
  assert.equal(await toldAfter([late, late, late], { ...limits, maxLoopDelayMs: 0 }), [
    undefined,
    undefined,
    undefined,
  ]);
  assert.equal(await toldAfter([full, full, full], { ...limits, maxHeap: 0 }), [undefined, undefined, undefined]);

  const probe = new ScriptedProbe([]);
  new Vitals({ maxLoopDelayMs: 0, maxHeap: 0 }, probe).pressure();
  assert.is(probe.isRunning, false);
});

test("nothing runs until somebody asks, nor after nobody did, nor after the end", async () => {
  const probe = new ScriptedProbe([late, late, late, late]);
  const vitals = new Vitals(limits, probe);
  assert.is(probe.isRunning, false);

  vitals.pressure();
  assert.is(probe.isRunning, true);
  await eventually(limitMs, "the end of the watch", () => !probe.isRunning);

  vitals.pressure();
  assert.is(probe.isRunning, true);
  vitals.close();
  assert.is(probe.isRunning, false);
  vitals.pressure();
  assert.is(probe.isRunning, false);
});

test("a loop that is really blocked again and again is found late, and one block is not", async () => {
  const vitals = new Vitals(limits);
  try {
    for (const [blocks, isTold] of [
      [1, false],
      [4, true],
    ] as const) {
      let wasTold = false;
      for (let turn = 0; turn < 6; turn++) {
        if (turn < blocks) block(320);
        await new Promise((resolve) => setTimeout(resolve, turn < blocks ? 1 : 60));
        wasTold ||= vitals.pressure() !== undefined;
      }
      assert.is(wasTold, isTold, `${blocks} blocks`);
    }
  } finally {
    vitals.close();
  }
});

test.run();

class ScriptedProbe implements Probe {
  isRunning = false;
  readings: Reading[];

  constructor(readings: readonly Reading[]) {
    this.readings = [...readings];
  }

  start(): void {
    this.isRunning = true;
  }

  read(): Reading {
    return this.readings.shift() ?? well;
  }

  stop(): void {
    this.isRunning = false;
  }
}

/** What is told after each of some windows. */
async function toldAfter(readings: readonly Reading[], given = limits): Promise<readonly (string | undefined)[]> {
  const probe = new ScriptedProbe(readings);
  const vitals = new Vitals(given, probe);
  const told: (string | undefined)[] = [];
  try {
    vitals.pressure();
    while (told.length < readings.length) {
      const left = readings.length - told.length;
      await eventually(limitMs, "the next window", () => {
        vitals.pressure();
        return probe.readings.length < left;
      });
      told.push(vitals.pressure());
    }
    return told;
  } finally {
    vitals.close();
  }
}

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
