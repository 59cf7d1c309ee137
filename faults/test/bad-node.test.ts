// One of several nodes is slow, always fails, or refuses everything fast.

import assert from "node:assert/strict";
import { eventually } from "@micro/kernel/testing";
import { suite } from "uvu";
import { overList } from "../src/discovery.ts";
import { type Fleet, withFleet } from "../src/fleet.ts";
import { byForm } from "../src/long-form.ts";
import { pause } from "../src/pause.ts";

const perSecond = byForm(100, 200);
const spanMs = byForm(2500, 10_000);
const size = 4;
const p2c = { selector: "p2c" };

const test = suite("a node that is worse than the others");

test("a slow one loses nearly all calls to p2c, and has its share again when it recovers", async () => {
  await withFleet({ discovery: overList, size, workMs: 2 }, async (fleet) => {
    const caller = await fleet.caller({ flags: p2c });
    const load = fleet.load(perSecond, caller.read);
    fleet.node(0).slowDown(200);
    await pause(2000);
    const share = await shareOverTime(fleet, 0);
    fleet.node(0).slowDown(2);
    await eventually(
      25_000,
      "it has a tenth of the calls again",
      async () => (await shareOverTime(fleet, 0, 1000)) > 0.1,
    );
    await load.end();

    assert.equal(fleet.ledger.complaints, "");
    assert.ok(share <= 0.08, `the slow node had ${percent(share)}`);
  });
});

test("a slow one keeps its share where nodes are picked at random and no try is given up", async () => {
  await withFleet({ discovery: overList, size, workMs: 2 }, async (fleet) => {
    const caller = await fleet.caller({ without: ["retry", "outlier"] });
    const load = fleet.load(perSecond, caller.read);
    fleet.node(0).slowDown(200);
    const share = await shareOverTime(fleet, 0);
    await load.end();

    assert.ok(share >= 0.15, `the slow node had ${percent(share)}`);
  });
});

test("one that always fails is left out after a few failures, and the others are not", async () => {
  await withFleet({ discovery: overList, size, workMs: 2 }, async (fleet) => {
    const bad = fleet.node(0);
    bad.break();
    const caller = await fleet.caller({ flags: { client_retries: "1" } });
    const load = fleet.load(perSecond, (id) => caller.call("Work.Brittle", { id }));
    await pause(spanMs);
    await load.end();

    const { ledger } = fleet;
    assert.ok(ledger.triesAt(bad.address) >= 5, `it was tried ${ledger.triesAt(bad.address)} times`);
    // Those under way when it was found out come on top.
    assert.ok(ledger.failures.length <= 15, `${ledger.failures.length} failed`);
    assert.deepEqual(new Set(ledger.failures.map(({ tries }) => tries.at(-1))), new Set([bad.address]));
  });
});

test("without outlier detection it costs its share of the calls", async () => {
  await withFleet({ discovery: overList, size, workMs: 2 }, async (fleet) => {
    fleet.node(0).break();
    const caller = await fleet.caller({ flags: { client_retries: "1" }, without: ["outlier"] });
    const load = fleet.load(perSecond, (id) => caller.call("Work.Brittle", { id }));
    await pause(spanMs);
    await load.end();

    assert.ok(fleet.ledger.failures.length > 25, `${fleet.ledger.failures.length} failed`);
  });
});

test("one that refuses everything at once gets no more than its share, and no call fails", async () => {
  await withFleet({ discovery: overList, size: size - 1, workMs: 10 }, async (fleet) => {
    // Room for one call and none to wait: it refuses all others without running them.
    const full = await fleet.add({ server_max_in_flight: "1", server_max_queue: "0" });
    const caller = await fleet.caller({ flags: p2c });
    const hold = caller.call(
      "Work.Write",
      { id: "hold", takesMs: spanMs + 4000 },
      { address: full.address, timeout: "60s" },
    );
    const load = fleet.load(perSecond, caller.write);
    await pause(1000);
    const share = await shareOverTime(fleet, size - 1);
    await load.end();
    await hold;

    assert.equal(fleet.ledger.complaints, "");
    assert.deepEqual(fleet.ledger.doubles, []);
    assert.ok(share <= 1 / size, `it was asked ${percent(share)} of the time`);
  });
});

test.run();

/** Which part of the calls of the next while goes to a node. */
async function shareOverTime({ ledger, nodes }: Fleet, at: number, ms: number = spanMs): Promise<number> {
  const from = performance.now();
  await pause(ms);
  const to = performance.now();
  return ledger.triesAt(nodes[at]?.address ?? "", from, to) / ledger.summary(from, to).calls;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
