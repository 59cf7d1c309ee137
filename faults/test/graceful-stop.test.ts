// A node is asked to end, as at every deploy, while it is called.

import assert from "node:assert/strict";
import { MicroError } from "@micro/kernel";
import { eventually, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import { startConsul } from "../../interop/src/consul-agent.ts";
import { overConsul, overList, overMdns } from "../src/discovery.ts";
import { withFleet } from "../src/fleet.ts";
import { byForm, isLong } from "../src/long-form.ts";
import { pause } from "../src/pause.ts";

const perSecond = byForm(100, 200);
const spanMs = byForm(1000, 10_000);

const test = suite("a node that is asked to end");

test("no call fails or runs twice, also of those that may not be repeated, and it exits with 0", async () => {
  await withFleet({ discovery: overMdns }, async (fleet) => {
    const caller = await fleet.caller();
    const load = fleet.load(perSecond, caller.write);
    await pause(spanMs);
    const end = await within(10_000, "its end", fleet.node(0).stop());
    await pause(spanMs);
    await load.end();

    assert.deepEqual(end, { code: 0, signal: null });
    assert.equal(fleet.ledger.complaints, "");
    assert.deepEqual(fleet.ledger.doubles, []);
    assert.ok(fleet.node(0).executed.length > 0);
  });
});

test("of a caller that hears no event, too: the node says that it ran nothing, and another one does", async () => {
  await withFleet({ discovery: overList }, async (fleet) => {
    const caller = await fleet.caller();
    const load = fleet.load(perSecond, caller.write);
    await pause(spanMs);
    assert.equal((await within(10_000, "its end", fleet.node(0).stop())).code, 0);
    await pause(spanMs);
    await load.end();

    assert.equal(fleet.ledger.complaints, "");
    assert.deepEqual(fleet.ledger.doubles, []);
  });
});

test("without retry such a caller loses calls", async () => {
  await withFleet({ discovery: overList }, async (fleet) => {
    const caller = await fleet.caller({ without: ["retry", "outlier"] });
    const load = fleet.load(perSecond, caller.write);
    await pause(spanMs);
    await fleet.node(0).stop();
    await pause(spanMs);
    await load.end();

    assert.ok(fleet.ledger.failures.length > 0);
  });
});

test("a call under way is answered before the process ends, also while the registry is gone", async () => {
  const agent = await startConsul();
  if (agent === undefined) return;
  try {
    await withFleet({ discovery: () => overConsul(agent), size: 1 }, async (fleet) => {
      const caller = await fleet.caller();
      const answer = caller.call("Work.Write", { id: "long", takesMs: 3000 });
      await eventually(5000, "it runs", () => fleet.node(0).executed.length === 1);
      await agent.kill();
      const ended = fleet.node(0).stop();

      await within(10_000, "the answer", answer);
      assert.deepEqual(await within(15_000, "the end", ended), { code: 0, signal: null });
    });
  } finally {
    await agent.stop();
  }
});

test("a second signal ends it at once, with the status of that signal", async () => {
  await withFleet({ discovery: overList, size: 1 }, async (fleet) => {
    const caller = await fleet.caller();
    const answer = caller.call("Work.Write", { id: "long", takesMs: 30_000 }).catch((error: unknown) => error);
    await eventually(5000, "it runs", () => fleet.node(0).executed.length === 1);
    fleet.node(0).signal("SIGTERM");
    await pause(200);
    fleet.node(0).signal("SIGTERM");

    assert.deepEqual(await within(3000, "the end", fleet.node(0).ended), { code: 143, signal: null });
    const error = await within(3000, "the failure", answer);
    assert.ok(MicroError.is(error));
    assert.equal(error.reason, "connection_lost");
  });
});

if (isLong) {
  test("a call that outlasts the patience of a stop is called off with 503, and the node ends all the same", async () => {
    await withFleet({ discovery: overList, size: 1 }, async (fleet) => {
      const caller = await fleet.caller();
      const answer = caller
        .call("Work.Write", { id: "endless", takesMs: 120_000 }, { timeout: "100s" })
        .catch((error: unknown) => error);
      await eventually(5000, "it runs", () => fleet.node(0).executed.length === 1);
      const ended = fleet.node(0).stop();

      const error = await within(45_000, "the failure", answer);
      assert.ok(MicroError.is(error));
      assert.equal(error.code, 503);
      assert.equal((await within(10_000, "the end", ended)).code, 0);
      assert.deepEqual(fleet.node(0).aborted, ["endless"]);
    });
  });
}

test.run();
