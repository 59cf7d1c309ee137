// A node stands still: its connections stay open and nothing is answered.

import assert from "node:assert/strict";
import { suite } from "uvu";
import { overList } from "../src/discovery.ts";
import { type Fleet, withFleet } from "../src/fleet.ts";
import { byForm } from "../src/long-form.ts";
import { pause } from "../src/pause.ts";

const perSecond = byForm(100, 200);
const hungMs = byForm(3000, 10_000);
const bad = { selector: "cache" };
const best = { selector: "p2c" };

const test = suite("a node that hangs");

for (const flags of [best, bad]) {
  test(`calls that may run twice are answered by the others soon, none runs twice, with ${flags.selector}`, async () => {
    await withFleet({ discovery: overList }, async (fleet) => {
      const caller = await fleet.caller({ flags });
      const { hungAt, goesOnAt } = await hangOneUnderLoad(fleet, caller.read);

      const { ledger } = fleet;
      assert.equal(ledger.complaints, "");
      const { max, late } = ledger.summary(hungAt - 100);
      assert.ok(max < 2500, `one took ${max} ms`);
      // Those sent in the first second; after that it is found out.
      const share = ledger.summary(hungAt, hungAt + 1500).calls;
      assert.ok(late <= share, `${late} took more than a second`);
      assert.equal(ledger.summary(hungAt + 2000, goesOnAt).late, 0);
      // What was given up there is reset: it runs nothing of that when it goes on.
      const { address, executed } = fleet.node(0);
      const givenUp = ledger.entries.filter(
        ({ sentAt, tries }) => sentAt > hungAt + 50 && sentAt < goesOnAt && tries[0] === address && tries.length > 1,
      );
      assert.ok(givenUp.length > 0);
      assert.deepEqual(
        givenUp.filter(({ id }) => executed.includes(id)),
        [],
      );
    });
  });
}

test("without outlier detection and further tries calls there end at their deadline", async () => {
  await withFleet({ discovery: overList }, async (fleet) => {
    const caller = await fleet.caller({ without: ["outlier", "retry"], flags: { client_request_timeout: "1s" } });
    const { hungAt } = await hangOneUnderLoad(fleet, caller.read);

    assert.ok(fleet.ledger.summary(hungAt).failed >= (perSecond / 3) * (hungMs / 1000) * 0.5, fleet.ledger.complaints);
  });
});

test("a network that swallows everything costs calls no more than the time of a try, and it heals", async () => {
  await withFleet({ discovery: overList, isProxied: true }, async (fleet) => {
    const caller = await fleet.caller({ flags: best });
    const load = fleet.load(perSecond, caller.read);
    await pause(1000);
    const [from, proxy] = [performance.now(), fleet.proxy(0)];
    proxy.faults.isBlackhole = true;
    await pause(hungMs);
    proxy.faults.isBlackhole = false;
    await pause(500);
    await load.end();

    const { ledger } = fleet;
    assert.equal(ledger.complaints, "");
    const { max } = ledger.summary(from);
    assert.ok(max < 2500, `one took ${max} ms`);
  });
});

test("a slice of one byte at a time, resets and half-closes of idle connections cost no call", async () => {
  await withFleet({ discovery: overList, isProxied: true, size: 2 }, async (fleet) => {
    const caller = await fleet.caller();
    for (const proxy of fleet.proxies) proxy.faults.sliceBytes = 1;
    // Every byte is a turn of this process's event loop, and a call needs a while between two breaks to be answered.
    const load = fleet.load(10, caller.read);
    for (let round = 0; round < byForm(4, 20); round++) {
      await pause(600);
      const proxy = fleet.proxy(round % 2);
      if (round % 4 < 2) proxy.reset();
      else proxy.halfClose();
    }
    await load.end();

    assert.equal(fleet.ledger.complaints, "");
  });
});

test.run();

async function hangOneUnderLoad(
  fleet: Fleet,
  call: (id: string) => Promise<unknown>,
): Promise<{ readonly hungAt: number; readonly goesOnAt: number }> {
  const load = fleet.load(perSecond, call);
  await pause(1000);
  const hungAt = performance.now();
  fleet.node(0).signal("SIGSTOP");
  await pause(hungMs);
  const goesOnAt = performance.now();
  fleet.node(0).signal("SIGCONT");
  await pause(1000);
  await load.end();
  return { hungAt, goesOnAt };
}
