// Streams whose server dies, plugins that throw, and a clock that jumps.

import assert from "node:assert/strict";
import { definePlugin, MicroError } from "@micro/kernel";
import { eventually, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import { overList } from "../src/discovery.ts";
import { Fleet, withFleet } from "../src/fleet.ts";
import { pause } from "../src/pause.ts";

const test = suite("streams, plugins and clocks that fail");

test("a stream whose server dies ends with an error behind what came, in order, and is not opened again", async () => {
  await withFleet({ discovery: overList, size: 2 }, async (fleet) => {
    const caller = await fleet.caller();
    const stream = caller.kernel.client.stream<{ n: number }>(fleet.service, "Work.Count", {
      id: "stream",
      to: 10_000,
    });
    const seen: number[] = [];
    const reading = readAll(stream, seen).catch((failure: unknown) => failure);
    await eventually(5000, "some items", () => seen.length >= 5);
    const serving = fleet.nodes.find(({ executed }) => executed.includes("stream"));
    await serving?.kill();

    const error = await within(5000, "the end", reading);
    assert.ok(MicroError.is(error), String(error));
    assert.equal(error.reason, "connection_lost");
    assert.deepEqual(
      seen,
      seen.map((_, at) => at + 1),
    );
    assert.equal(fleet.ledger.executions("stream"), 1);
  });
});

test("one whose server lives ends without an error when all has come", async () => {
  await withFleet({ discovery: overList, size: 1 }, async (fleet) => {
    const caller = await fleet.caller();
    const seen: number[] = [];
    const stream = caller.kernel.client.stream<{ n: number }>(fleet.service, "Work.Count", { id: "whole", to: 20 });
    await within(10_000, "its end", readAll(stream, seen));

    assert.deepEqual(
      seen,
      Array.from({ length: 20 }, (_, at) => at + 1),
    );
  });
});

test("a caller that leaves a stream ends it on the node", async () => {
  await withFleet({ discovery: overList, size: 1 }, async (fleet) => {
    const caller = await fleet.caller();
    const stream = caller.kernel.client.stream<{ n: number }>(fleet.service, "Work.Count", { id: "left", to: 10_000 });
    for await (const { n } of stream) if (n === 3) break;

    const end = await within(10_000, "the node drains", fleet.node(0).stop());
    assert.equal(end.code, 0);
  });
});

test("a wrap that throws fails its own call and no other", async () => {
  await withFleet({ discovery: overList, size: 1 }, async (fleet) => {
    const thrower = definePlugin({
      name: "thrower",
      setup({ hooks }) {
        hooks.client.tap("thrower", (next) => (request) => {
          if ((request.input as { readonly id: string }).id === "thrown") throw new Error("the wrap is broken");
          return next(request);
        });
      },
    });
    const caller = await fleet.caller({ plugins: [thrower] });

    await (await fleet.caller()).read("thrown");
    await assert.rejects(caller.read("thrown"), /the wrap is broken/);
    await caller.read("other");
  });
});

for (const [what, setup] of Object.entries({
  throws: () => {
    throw new Error("no such file");
  },
  rejects: () => Promise.reject(new Error("no such file")),
})) {
  test(`a plugin whose setup ${what} fails the start with its name`, async () => {
    await withFleet({ discovery: overList, size: 1 }, async (fleet) => {
      const starting = fleet.caller({ plugins: [definePlugin({ name: "broken", setup })] });

      await assert.rejects(starting, /plugin "broken" failed in setup: no such file/);
    });
  });
}

test("a plugin that hangs in its setup fails the start within its limit", async () => {
  await withFleet({ discovery: overList, size: 1 }, async (fleet) => {
    const starting = fleet.caller({ plugins: [definePlugin({ name: "hanging", setup: () => new Promise(() => {}) })] });

    await assert.rejects(within(15_000, "the failure", starting), /plugin "hanging" failed in setup/);
  });
});

test("a system clock that jumps by an hour, there and back, moves no deadline and no cache", async () => {
  const fleet = await Fleet.start({ discovery: overList, size: 2 });
  const { now } = Date;
  try {
    const caller = await fleet.caller();
    const load = fleet.load(50, caller.write);
    for (const hours of [1, -1, 0]) {
      await pause(300);
      Date.now = () => now() + hours * 3_600_000;
    }
    await pause(300);
    await load.end();

    assert.equal(fleet.ledger.complaints, "");
    const long = caller.call("Work.Write", { id: "clock", takesMs: 5000 }, { timeout: "200ms" });
    const before = Date.now();
    Date.now = () => now() - 3_600_000;
    await assert.rejects(within(2000, "its deadline", long), { code: 408 });
    assert.ok(Date.now() < before - 3_000_000, "by that clock it would have waited for an hour");
  } finally {
    Date.now = now;
    await fleet.close();
  }
});

test.run();

async function readAll(stream: AsyncIterable<{ readonly n: number }>, seen: number[]): Promise<void> {
  for await (const { n } of stream) seen.push(n);
}
