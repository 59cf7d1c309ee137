import { MicroError } from "@micro/kernel";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { broken, Fleet, late, refused } from "./support/fleet.ts";

const test = suite("leaving nodes out");

test("a node that fails every call has its share until the fifth failure, and then none", async () => {
  const fleet = fleetWith(5, { "node-0": broken });

  await fleet.run(25);
  assert.is(fleet.share("node-0"), 5 / 25);
  await fleet.run(200);

  assert.is(fleet.share("node-0"), 0);
  assert.equal(fleet.detector.ejected("greeter"), ["node-0"]);
});

test("where nothing is ejected it keeps its share", async () => {
  const fleet = fleetWith(5, { "node-0": broken }, { failures: 1e6, minRequests: 1e6 });

  await fleet.run(200);

  assert.is(fleet.share("node-0"), 0.2);
});

for (const [what, error, isEjected] of [
  ["a 500 of its own", broken, true],
  ["a refused connection", refused, true],
  ["a broken connection", new MicroError("go.micro.client", 500, "gone", { reason: "connection_lost" }), true],
  ["an answer that cannot be read", new MicroError("go.micro.client", 502, "?", { reason: "invalid_response" }), true],
  ["a 503 after it ran", new MicroError("greeter.db", 503, "busy"), true],
  ["a 404", new MicroError("greeter", 404, "no such user"), false],
  ["a 400", new MicroError("greeter", 400, "no"), false],
  ["a 500 that it hands on from another service", new MicroError("go.micro.srv.db", 500, "no"), false],
  [
    "a refusal because it is too busy",
    new MicroError("greeter", 503, "busy", { reason: "refused", notProcessed: true }),
    false,
  ],
  ["a call that was called off", new MicroError("go.micro.client", 408, "off", { reason: "cancelled" }), false],
  ["a deadline that left it no time", late, false],
  ["what is no error of a call", new TypeError("mistake") as MicroError, false],
] as const) {
  test(`${what} ${isEjected ? "counts as a failure" : "does not count"}`, async () => {
    const fleet = fleetWith(2, { "node-0": error });

    await fleet.run(40);

    assert.equal(fleet.detector.ejected("greeter"), isEjected ? ["node-0"] : []);
  });
}

test("an answer in between begins the row of failures anew", async () => {
  const fleet = fleetWith(2, {});
  for (let round = 0; round < 5; round++) {
    fleet.conducts.set("node-0", broken);
    await fleet.run(8);
    fleet.conducts.set("node-0", undefined);
    await fleet.run(2);
  }

  assert.equal(fleet.detector.ejected("greeter"), []);
});

test("a node of which seven eighths of fifty calls fail is left out though some succeed", async () => {
  for (const [every, expected] of [
    [5, []],
    [9, ["node-0"]],
  ] as const) {
    const fleet = fleetWith(2, {}, { failures: 20 });
    for (let at = 0; at < 60; at++) {
      fleet.conducts.set("node-0", at % every === every - 1 ? undefined : broken);
      await fleet.run(2, 10);
    }
    assert.equal(fleet.detector.ejected("greeter"), expected);
  }
});

test("calls of different windows are not counted together", async () => {
  const fleet = fleetWith(2, {}, { failures: 20 });
  for (let at = 0; at < 60; at++) {
    fleet.conducts.set("node-0", at % 9 === 8 ? undefined : broken);
    await fleet.run(2, 500);
  }

  assert.equal(fleet.detector.ejected("greeter"), []);
});

test("after its time one call tries it, and others wait for what becomes of that", async () => {
  const fleet = fleetWith(5, { "node-0": broken });
  await fleet.run(25);
  fleet.conducts.set("node-0", "hangs");
  fleet.now += 30_000;
  fleet.calls = [];

  await fleet.run(100);
  assert.is(fleet.calls.filter((address) => address === "node-0").length, 1);

  await fleet.wake("node-0");
  assert.equal(fleet.detector.ejected("greeter"), []);
  fleet.conducts.set("node-0", undefined);
  fleet.calls = [];
  await fleet.run(100);
  assert.is(fleet.share("node-0"), 0.2);
});

test("so it is when the picks of several calls wait for the registry at the same time", async () => {
  const fleet = fleetWith(2, { "node-0": broken });
  await fleet.run(10);
  fleet.conducts.set("node-0", "hangs");
  fleet.now += 30_000;
  fleet.calls = [];

  await fleet.runAtOnce(10);

  assert.is(fleet.calls.length, 10);
  assert.is(fleet.calls.filter((address) => address === "node-0").length, 1);
});

test("a trial that nobody hears of any more makes room for another", async () => {
  const fleet = fleetWith(2, { "node-0": broken });
  await fleet.run(10);
  fleet.conducts.set("node-0", "hangs");
  fleet.now += 30_000;
  fleet.calls = [];

  await fleet.run(100, 100);

  assert.is(fleet.calls.filter((address) => address === "node-0").length, 2);
});

test("each failed trial makes it longer, up to the limit", async () => {
  const fleet = fleetWith(2, { "node-0": broken }, { maxEjectionMs: 90_000 });
  await fleet.run(10);
  for (const length of [30_000, 60_000, 90_000, 90_000]) {
    fleet.now += length - 1000;
    fleet.calls = [];
    await fleet.run(20);
    assert.not(fleet.calls.includes("node-0"), `too early after ${length}`);
    fleet.now += 1000;
    await fleet.run(20);
    assert.is(fleet.calls.filter((address) => address === "node-0").length, 1, `after ${length}`);
  }
});

test("good service shortens it again", async () => {
  const fleet = fleetWith(2, { "node-0": broken });
  await fleet.run(10);
  for (const length of [30_000, 60_000]) {
    fleet.now += length;
    await fleet.run(10);
  }
  // Three strikes would be 90 s, and the next one 120.
  fleet.conducts.set("node-0", undefined);
  fleet.now += 90_000;
  await fleet.run(10);
  assert.equal(fleet.detector.ejected("greeter"), []);
  await fleet.run(95, 1000);

  fleet.conducts.set("node-0", broken);
  await fleet.run(10);
  fleet.now += 30_000;
  fleet.calls = [];
  await fleet.run(10);

  assert.ok(fleet.calls.includes("node-0"));
});

test("at most half of the nodes are left out, though all fail", async () => {
  for (const [count, most] of [
    [1, 0],
    [2, 1],
    [3, 1],
    [5, 2],
  ] as const) {
    const all = Object.fromEntries(Array.from({ length: count }, (_, at) => [`node-${at}`, broken]));
    const fleet = fleetWith(count, all);
    await fleet.run(10 * count);
    fleet.calls = [];

    await fleet.run(20 * count);

    assert.is(new Set(fleet.calls).size, count - most, `of ${count} nodes`);
  }
});

test("nodes that left are not counted, and forgotten", async () => {
  const fleet = fleetWith(3, { "node-0": broken, "node-1": broken });
  await fleet.run(30);
  assert.is(fleet.detector.ejected("greeter").length, 2);
  fleet.setNodes(["node-2", "node-3"]);
  fleet.conducts.set("node-3", undefined);
  fleet.calls = [];

  await fleet.run(10);
  assert.equal(new Set(fleet.calls), new Set(["node-2", "node-3"]));
  fleet.now += 200_000;
  await fleet.run(2);

  assert.equal(fleet.detector.ejected("greeter"), []);
});

test("streams that open say nothing, those that do not are failures", async () => {
  const fleet = new Fleet(2, {}, true);
  fleet.conducts.set("node-0", refused);

  await fleet.run(20);
  assert.equal(fleet.detector.ejected("greeter"), ["node-0"]);
  fleet.conducts.set("node-0", undefined);
  fleet.now += 30_000;
  await fleet.run(4);

  assert.equal(fleet.detector.ejected("greeter"), []);
});

test.run();

function fleetWith(
  count: number,
  conducts: Record<string, MicroError>,
  options: ConstructorParameters<typeof Fleet>[1] = {},
): Fleet {
  const fleet = new Fleet(count, options);
  for (const [address, conduct] of Object.entries(conducts)) fleet.conducts.set(address, conduct);
  return fleet;
}
