// Connections break at every point of a call. What may not run twice never does, what may is answered.

import assert from "node:assert/strict";
import { UsageError } from "@micro/kernel";
import { eventually } from "@micro/kernel/testing";
import { suite } from "uvu";
import { overList } from "../src/discovery.ts";
import type { FaultProxy } from "../src/fault-proxy.ts";
import { type Fleet, withFleet } from "../src/fleet.ts";
import { byForm } from "../src/long-form.ts";
import { pause } from "../src/pause.ts";

const rounds = byForm(4, 40);

/** Each begins with a connection that is whole. */
const breaks: Readonly<Record<string, (proxy: FaultProxy) => Promise<void>>> = {
  "before it connects": async (proxy) => {
    proxy.faults.isRefusing = true;
    proxy.reset();
    await pause(60);
  },
  "while handlers run": async (proxy) => {
    await pause(10);
    proxy.reset();
  },
  "after the first bytes of the answer": async (proxy) => {
    proxy.faults.cutAfterBytes = 10;
    await pause(60);
  },
  "in the middle of the answer": async (proxy) => {
    proxy.faults.cutAfterBytes = 150;
    await pause(60);
  },
  "by a half-close": async (proxy) => {
    await pause(10);
    proxy.halfClose();
    await pause(60);
  },
};

const test = suite("connections that break at any point of a call");

test("what may not run twice never does, and what was answered ran", async () => {
  await withFleet({ discovery: overList, isProxied: true, size: 2 }, async (fleet) => {
    const caller = await fleet.caller();
    const load = fleet.load(100, caller.write);
    await breakAll(fleet);
    await load.end();

    const { ledger } = fleet;
    assert.deepEqual(ledger.doubles, []);
    assert.equal(ledger.summary().unexplained, 0);
    assert.ok(ledger.failures.length > 0, "some were cut off when they may have run");
    assert.doesNotMatch(ledger.complaints, /dial_failed/);
  });
});

test("what may run twice is answered, all of it", async () => {
  await withFleet({ discovery: overList, isProxied: true, size: 2 }, async (fleet) => {
    const caller = await fleet.caller();
    const load = fleet.load(100, caller.read);
    await breakAll(fleet);
    await load.end();

    assert.equal(fleet.ledger.complaints, "");
    assert.ok(fleet.ledger.doubles.length > 0, "the ledger sees what runs twice");
  });
});

test("0 and 1 tries are one, and what is no number of tries is refused at the start", async () => {
  await withFleet({ discovery: overList, size: 1 }, async (fleet) => {
    fleet.node(0).break();
    for (const client_retries of ["0", "1"]) {
      const caller = await fleet.caller({ flags: { client_retries } });
      const id = `tries-${client_retries}`;
      fleet.ledger.send(id);
      await assert.rejects(caller.call("Work.Brittle", { id }), /it always fails/);
      // The node tells it on another way than the one that the answer takes.
      await eventually(5000, "the node tells that it ran", () => fleet.ledger.executions(id) > 0);
      assert.equal(fleet.ledger.executions(id), 1);
    }

    for (const client_retries of ["-1", "NaN", "1e9", "two"]) {
      await assert.rejects(fleet.caller({ flags: { client_retries } }), UsageError);
    }
  });
});

test.run();

/** Breaks the connections to the first node in every way, one after the other, and heals each. */
async function breakAll(fleet: Fleet): Promise<void> {
  await pause(300);
  for (let round = 0; round < rounds; round++) {
    for (const breakOne of Object.values(breaks)) {
      const proxy = fleet.proxy(0);
      await breakOne(proxy);
      Object.assign(proxy.faults, { isRefusing: false, cutAfterBytes: Number.POSITIVE_INFINITY });
      // Longer than the cache leaves out a node that refused.
      await pause(byForm(120, 250));
    }
  }
}
