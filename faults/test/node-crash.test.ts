// A node of three dies without a word while calls are under way.

import assert from "node:assert/strict";
import { suite } from "uvu";
import { overList, overMdns } from "../src/discovery.ts";
import { type Fleet, withFleet } from "../src/fleet.ts";
import { byForm } from "../src/long-form.ts";
import { pause } from "../src/pause.ts";

const perSecond = byForm(100, 200);
const spanMs = byForm(1500, 10_000);

const test = suite("a node that is killed");

for (const discovery of [overMdns, overList]) {
  const where = discovery(" ").name;

  test(`calls that may run twice all succeed, over ${where}, and the dead node is left alone`, async () => {
    await withFleet({ discovery }, async (fleet) => {
      const caller = await fleet.caller();
      const { killedAt, dead } = await killOneUnderLoad(fleet, caller.read);

      const { ledger } = fleet;
      assert.equal(ledger.complaints, "");
      assert.equal(ledger.summary().unexplained, 0);
      // What was under way there may have run there, too; nothing that was sent later.
      assert.equal(ledger.summary(killedAt).twice, 0);
      const after = ledger.summary(killedAt + 250).calls;
      const atDead = ledger.triesAt(dead, killedAt + 250);
      assert.ok(atDead <= Math.max(2, after * 0.02), `${atDead} of ${after} tries went to the dead node`);
    });
  });
}

test("calls that may not run twice never do, and fail only when they were under way on the dead node", async () => {
  await withFleet({ discovery: overMdns, workMs: 200 }, async (fleet) => {
    const caller = await fleet.caller();
    const { killedAt, dead } = await killOneUnderLoad(fleet, caller.write);

    const { ledger } = fleet;
    assert.deepEqual(ledger.doubles, []);
    for (const { id, sentAt, tries } of ledger.failures) {
      // A request may have crossed the kill on its way, which takes its time where the machine is busy.
      assert.ok(
        sentAt <= killedAt + 250,
        `${id} was sent ${sentAt - killedAt} ms after the kill: ${ledger.complaints}`,
      );
      assert.equal(tries.at(-1), dead);
    }
    assert.ok(ledger.failures.length > 0, "some were under way");
  });
});

test("without retry a killed node costs calls that come after it died", async () => {
  await withFleet({ discovery: overList }, async (fleet) => {
    const caller = await fleet.caller({ without: ["retry", "outlier"] });
    const { killedAt } = await killOneUnderLoad(fleet, caller.read);

    assert.ok(fleet.ledger.summary(killedAt).failed > 0);
  });
});

test.run();

async function killOneUnderLoad(
  fleet: Fleet,
  call: (id: string) => Promise<unknown>,
): Promise<{ readonly killedAt: number; readonly dead: string }> {
  const load = fleet.load(perSecond, call);
  await pause(spanMs / 2);
  const { address } = fleet.node(0);
  const killedAt = performance.now();
  await fleet.node(0).kill();
  await pause(spanMs);
  await load.end();
  return { killedAt, dead: address };
}
