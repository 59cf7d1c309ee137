import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Fleet, late } from "./support/fleet.ts";

const test = suite("nodes that hang");

test("one that answers nothing for a second gets no more calls, before any of them has failed", async () => {
  const fleet = await knownFleet();
  fleet.conducts.set("node-0", "hangs");

  await fleet.run(130);
  assert.ok(fleet.share("node-0") > 0.25);
  assert.equal(fleet.detector.ejected("greeter"), ["node-0"]);
  await fleet.run(200);

  assert.is(fleet.share("node-0"), 0);
});

test("any answer of it brings it back at once", async () => {
  const fleet = await knownFleet();
  fleet.conducts.set("node-0", "hangs");
  await fleet.run(120);

  await fleet.wake("node-0");

  assert.equal(fleet.detector.ejected("greeter"), []);
});

test("that the calls in it end at their deadline does not", async () => {
  const fleet = await knownFleet();
  fleet.conducts.set("node-0", "hangs");
  await fleet.run(120);

  await fleet.wake("node-0", late);

  assert.equal(fleet.detector.ejected("greeter"), ["node-0"]);
});

test("deadlines that pass while it has time are failures", async () => {
  const fleet = await knownFleet();
  fleet.conducts.set("node-0", "hangs");
  await fleet.run(15, 20);
  fleet.now += 200;

  await fleet.wake("node-0", late);

  assert.equal(fleet.detector.ejected("greeter"), ["node-0"]);
});

test("a method that always takes long is given its time", async () => {
  const fleet = new Fleet(3);
  for (let round = 0; round < 3; round++) {
    for (const address of fleet.conducts.keys()) fleet.conducts.set(address, "hangs");
    await fleet.run(60, 50);
    for (const address of fleet.conducts.keys()) await fleet.wake(address);
    assert.equal(fleet.detector.ejected("greeter"), [], `round ${round}`);
  }

  // What it took at most was three seconds, so nine are still no reason, and ten are.
  fleet.conducts.set("node-1", undefined);
  fleet.conducts.set("node-2", undefined);
  await fleet.run(170, 50);
  assert.equal(fleet.detector.ejected("greeter"), []);
  await fleet.run(50, 50);
  assert.equal(fleet.detector.ejected("greeter"), ["node-0"]);
});

test("a few calls that hang are no reason while others are answered", async () => {
  const fleet = await knownFleet();
  for (let round = 0; round < 4; round++) {
    fleet.conducts.set("node-0", "hangs");
    await fleet.run(6, 10);
    fleet.conducts.set("node-0", undefined);
    await fleet.run(60, 10);
  }
  assert.equal(fleet.detector.ejected("greeter"), []);
});

test.run();

/** Three nodes whose answers are known to take no time. */
async function knownFleet(): Promise<Fleet> {
  const fleet = new Fleet(3);
  await fleet.run(30);
  fleet.calls = [];
  return fleet;
}
