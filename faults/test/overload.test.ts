// More calls than a node can do, and a node that computes instead of answering.

import assert from "node:assert/strict";
import { MicroError } from "@micro/kernel";
import { within } from "@micro/kernel/testing";
import { suite } from "uvu";
import { startConsul } from "../../interop/src/consul-agent.ts";
import { overConsul, overList } from "../src/discovery.ts";
import { sayFigures } from "../src/figures.ts";
import { withFleet } from "../src/fleet.ts";
import { byForm } from "../src/long-form.ts";
import { pause } from "../src/pause.ts";

const test = suite("a node with too much to do");

// Ten at a time of 100 ms each.
const capacity = 100;
const spanMs = byForm(3000, 30_000);
const flags = { server_max_in_flight: "10", server_max_queue: "10" };

test("it goes on doing what it can, answers the rest at once, and says that it is well", async () => {
  await withFleet({ discovery: overList, size: 1, workMs: 100, flags }, async (fleet) => {
    const caller = await fleet.caller({ without: ["retry", "outlier"], flags: { client_pool_size: "50" } });
    const load = fleet.load(byForm(4, 10) * capacity, caller.write);
    await pause(spanMs / 2);
    const health = await within(2000, "its health", caller.call("Debug.Health", { id: "health" }));
    await pause(spanMs / 2);
    await load.end();

    const { ledger } = fleet;
    const answered = ledger.entries.filter(({ error }) => error === undefined);
    assert.deepEqual(health, { status: "ok" });
    sayFigures(
      `${load.sent} calls in ${spanMs / 1000} s to a node that can do ${capacity} a second`,
      `${answered.length} answered, p99 ${ledger.summary().p99.toFixed(0)} ms, ${ledger.failures.length} refused`,
    );
    assert.ok(answered.length >= byForm(0.5, 0.8) * capacity * (spanMs / 1000), `${answered.length} were answered`);
    assert.ok(ledger.failures.length > 0, "some were refused");
    for (const { id, error } of ledger.failures) {
      assert.ok(MicroError.is(error) && error.code === 503 && error.notProcessed, String(error));
      assert.equal(ledger.executions(id), 0);
    }
    // In the queue and then at work.
    assert.ok(ledger.summary().p99 < 1500, `${ledger.summary().p99} ms`);
  });
});

test("without a limit all are taken, and none is refused", async () => {
  const none = { server_max_in_flight: "0", server_max_loop_delay: "0s" };
  await withFleet({ discovery: overList, size: 1, workMs: 100, flags: none }, async (fleet) => {
    const caller = await fleet.caller({ without: ["retry", "outlier"], flags: { client_pool_size: "50" } });
    const load = fleet.load(4 * capacity, caller.write);
    await pause(1000);
    await load.end();

    assert.equal(fleet.ledger.complaints, "");
  });
});

test("what one refuses the others do", async () => {
  await withFleet({ discovery: overList, size: 2, workMs: 50 }, async (fleet) => {
    await fleet.add({ server_max_in_flight: "1", server_max_queue: "0" });
    // Which also stops asking it so often: of what is refused no more than the budget of tries has room for goes elsewhere.
    const caller = await fleet.caller({ flags: { client_pool_size: "50", selector: "p2c" } });
    const load = fleet.load(byForm(40, 120), caller.write);
    await pause(spanMs / 2);
    await load.end();

    assert.equal(fleet.ledger.complaints, "");
    assert.deepEqual(fleet.ledger.doubles, []);
  });
});

test("one that computes for three seconds stays registered, and calls to others are not held up", async () => {
  const agent = await startConsul();
  if (agent === undefined) return;
  try {
    await withFleet({ discovery: () => overConsul(agent), size: 3 }, async (fleet) => {
      const caller = await fleet.caller({ flags: { selector: "p2c" } });
      const load = fleet.load(50, caller.read);
      await pause(500);
      fleet.node(0).block(3000);
      await pause(2500);
      const passing = (await agent.ask(`/v1/health/service/${fleet.service}?passing=1`)) as readonly unknown[];
      await pause(1500);
      await load.end();

      assert.equal(passing.length, 3);
      assert.equal(fleet.ledger.complaints, "");
      // On a busy machine a try elsewhere may be given up, too, and the next one come here.
      const others = fleet.ledger.entries.filter(({ tries }) => !tries.includes(fleet.node(0).address));
      assert.ok(others.length > 0);
      const slow = others.filter(({ sentAt, endedAt = sentAt }) => endedAt - sentAt > 1000);
      assert.deepEqual(slow, []);
    });
  } finally {
    await agent.stop();
  }
});

test("without retry, outlier detection and p2c its part of the calls waits until it is done", async () => {
  await withFleet({ discovery: overList, size: 3 }, async (fleet) => {
    const caller = await fleet.caller({ without: ["retry", "outlier"] });
    const load = fleet.load(50, caller.read);
    await pause(500);
    fleet.node(0).block(2500);
    await pause(1500);
    await load.end();

    assert.ok(fleet.ledger.summary().late >= 5, `${fleet.ledger.summary().late} took more than a second`);
  });
});

test.run();
