import type { ServiceNode } from "@micro/kernel";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Balancer } from "../src/index.ts";
import { anyNode, type Conduct, healthy, percentile, Simulation } from "./support/simulation.ts";

const test = suite("the p2c balancer");

const slowUntil =
  (end: number, byMs = 200): Conduct =>
  (now, random) => ({ tookMs: healthy(now, random).tookMs + (now < end ? byMs : 0) });

test("a slow node gets under a twentieth of the calls, which any node at random does not spare", () => {
  for (const [strategy, expected] of [
    [undefined, (share: number) => share <= 0.05],
    [anyNode, (share: number) => share > 0.15],
  ] as const) {
    const fleet = fleetOf(slowUntil(Number.POSITIVE_INFINITY), strategy);
    fleet.run(2);
    fleet.share("node-0");
    fleet.latencies = [];

    fleet.run(20);

    const share = fleet.share("node-0");
    assert.ok(expected(share), `its share is ${share}`);
    const p99 = percentile(fleet.latencies, 0.99);
    assert.is(p99 <= 9, strategy === undefined, `the slowest hundredth takes ${p99} ms`);
  }
});

test("the same holds where calls take long in themselves and many are under way", () => {
  const twenty: Conduct = (now, random) => ({ tookMs: 18 + healthy(now, random).tookMs });
  const slow: Conduct = (now, random) => ({ tookMs: 200 + twenty(now, random).tookMs });
  const fleet = new Simulation([slow, twenty, twenty, twenty, twenty]);
  fleet.run(2, 2000);
  fleet.share("node-0");

  fleet.run(5, 2000);

  assert.ok(fleet.share("node-0") <= 0.05);
});

test("within ten seconds of its recovery it has its share again", () => {
  const fleet = fleetOf(slowUntil(20_000));
  fleet.run(30);
  fleet.share("node-0");

  fleet.run(10);

  const share = fleet.share("node-0");
  assert.ok(share > 0.16 && share < 0.24, `its share is ${share}`);
});

test("a node that refuses at once attracts no calls", () => {
  for (const [options, expected] of [
    [{}, (share: number) => share < 0.05],
    [{ penaltyMs: 0 }, (share: number) => share > 0.3],
  ] as const) {
    const refusing: Conduct = () => ({ tookMs: 0.2, ending: "refused" });
    const fleet = new Simulation([refusing, healthy, healthy, healthy, healthy], options);

    fleet.run(20);

    const share = fleet.share("node-0");
    assert.ok(expected(share), `its share is ${share}`);
  }
});

test("a node that is new, or back, is not run over", () => {
  const fleet = fleetOf(healthy);
  fleet.run(10);
  for (const join of [() => fleet.join("node-5", healthy), () => comesBack(fleet)]) {
    join();
    fleet.share("");

    // Before the first answer of it came.
    for (let count = 0; count < 60; count++) fleet.call();

    const share = fleet.share("node-5");
    assert.ok(share > 0 && share <= 2 / 6, `its share is ${share}`);
    fleet.run(5);
  }
});

test("calls of one moment spread over all nodes, before any of them is answered", () => {
  const fleet = fleetOf(healthy);
  fleet.run(10);
  fleet.share("");

  for (let count = 0; count < 100; count++) fleet.call();

  for (const share of fleet.shares()) assert.ok(share > 0.1 && share < 0.3, `one node has ${share}`);
});

test("of two nodes that are equally fast the one with less to do is taken", () => {
  const balancer = new Balancer();
  const nodes = nodesAt("a", "b");
  pick(balancer, nodes);
  balancer.begin("greeter", "a");

  for (let count = 0; count < 20; count++) assert.is(pick(balancer, nodes).address, "b");
});

test("a node that was not asked for long is not run over either", () => {
  const fleet = fleetOf(slowUntil(20_000));
  fleet.run(20);
  fleet.now += 600_000;
  fleet.share("");

  for (let count = 0; count < 100; count++) fleet.call();

  const share = fleet.share("node-0");
  assert.ok(share > 0.1 && share < 0.3, `its share is ${share}`);
});

test("what is known of a node goes when it leaves", () => {
  const balancer = new Balancer();
  pick(balancer, nodesAt("a", "b"));
  assert.ok(balancer.begin("greeter", "a"));

  pick(balancer, nodesAt("b", "c"));

  assert.is(balancer.begin("greeter", "a"), undefined);
  assert.ok(balancer.begin("greeter", "c"));
});

test("a list that filters made shorter makes nobody forgotten", () => {
  const balancer = new Balancer();
  pick(balancer, nodesAt("a", "b", "c"));

  balancer.strategy(nodesAt("b", "c"), { service: "greeter", method: "Say.Hello", filters: [(records) => records] });

  assert.ok(balancer.begin("greeter", "a"));
});

test("of very many services the oldest is forgotten", () => {
  const balancer = new Balancer({ maxServices: 2 });
  for (const service of ["one", "two", "three"]) {
    balancer.strategy(nodesAt("a", "b"), { service, method: "Say.Hello", filters: [] });
  }

  assert.is(balancer.begin("one", "a"), undefined);
  assert.ok(balancer.begin("three", "a"));
});

test("an address that nobody picked is not measured", () => {
  assert.is(new Balancer().begin("greeter", "10.0.0.1:80"), undefined);
});

test("options out of their range are told by name", () => {
  assert.throws(() => new Balancer({ decayMs: 0 }), /decayMs of the p2c balancer is more than 0/);
  assert.throws(() => new Balancer({ penaltyMs: -1 }), /penaltyMs/);
  assert.throws(() => new Balancer({ maxServices: Number.NaN }), /maxServices/);
});

test.run();

function fleetOf(first: Conduct, strategy?: typeof anyNode): Simulation {
  return new Simulation([first, healthy, healthy, healthy, healthy], {}, strategy);
}

function comesBack(fleet: Simulation): void {
  fleet.leave("node-5");
  fleet.call();
  fleet.join("node-5", healthy);
}

function nodesAt(...addresses: readonly string[]): readonly ServiceNode[] {
  return addresses.map((address) => ({ id: address, address, metadata: {} }));
}

function pick(balancer: Balancer, nodes: readonly ServiceNode[]): ServiceNode {
  return balancer.strategy(nodes, { service: "greeter", method: "Say.Hello", filters: [] });
}
