import { suite } from "uvu";
import * as assert from "uvu/assert";
import { combined, errorLevel, errorShare, lineWidth, noFigures } from "../../page/src/graph/link-figures.ts";
import { type NodeFacts, nodeSentence, nodeStateOf } from "../../page/src/graph/node-state.ts";
import type { GraphNode } from "../../page/src/graph/structure.ts";
import { stepsOf, stepText } from "../../page/src/graph/trace-steps.ts";
import type { DevService } from "../../src/dev-host.ts";
import type { ServiceView } from "../../src/hub/protocol.ts";

const test = suite("what the graph says");

const name = "go.micro.srv.orders";
const orders: GraphNode = { id: `service:${name}`, kind: "service", name, members: [name], isCalled: true };
const seen = (changes: Partial<ServiceView> = {}): ServiceView => ({
  ...{ name, versions: ["1.0.0"], endpoints: [], health: "up", ...changes },
  nodes:
    changes.nodes ??
    ["a", "b"].map((id) => ({ id, address: id, version: "1.0.0", metadata: {}, health: "up", since: 0 })),
});
const facts = (changes: Partial<NodeFacts> = {}): NodeFacts => ({
  ...{ services: new Map([[name, seen()]]), own: new Map(), past: undefined },
  ...{ incoming: noFigures, ...changes },
});
const own = (changes: Partial<DevService> = {}): DevService => ({
  ...{ name, version: "2.0.0", file: "/orders.ts", address: "127.0.0.1:1", revision: 3, isolated: undefined },
  ...{ failure: undefined, draining: [], methods: [], ...changes },
});

test("a card is told in one sentence", () => {
  const incoming = { rate: 120, errorRate: 3.6, p50Ms: 1, p95Ms: 2 };
  const state = nodeStateOf(orders, facts({ incoming }));
  assert.is(nodeSentence(orders, "orders", state), "orders, 2 instances up, 120 calls per second, 3 % errors");
  const idle = { ...orders, isCalled: false };
  assert.is(nodeSentence(idle, "orders", nodeStateOf(idle, facts())), "orders, 2 instances up, not called");
});

test("health is the gravest of what is known", () => {
  const health = (changes: Partial<NodeFacts>): string => nodeStateOf(orders, facts(changes)).health;
  assert.is(health({}), "up");
  assert.is(health({ services: new Map() }), "unknown");
  assert.is(health({ services: new Map([[name, seen({ health: "down" })]]) }), "down");
  const left = { id: "c", address: "c", version: "1.0.0", metadata: {}, health: "left", since: 0 } as const;
  const services = new Map([[name, seen({ nodes: [...seen().nodes, left] })]]);
  assert.is(health({ services }), "partly");
  assert.is(nodeStateOf(orders, facts({ services })).healthText, "2 of 3 up");
  const draining = [{ revision: 2, inFlight: 1 }];
  assert.is(health({ own: new Map([[name, own({ draining })]]) }), "draining");
  assert.is(health({ own: new Map([[name, own({ draining, failure: "no" })]]) }), "failed");
});

test("in the past a card says how many instances there were then", () => {
  const past = (instances: number) => nodeStateOf(orders, facts({ past: new Map([[name, instances]]) }));
  assert.equal([past(3).healthText, past(0).healthText], ["3 up", "down"]);
  assert.is(nodeStateOf(orders, facts({ past: new Map() })).healthText, "not there then");
});

test("versions are counted, and the own one stands first", () => {
  const services = new Map([[name, seen({ versions: ["1.0.0", "2.0.0"] })]]);
  const state = nodeStateOf(orders, facts({ services, own: new Map([[name, own()]]) }));
  assert.equal([state.version, state.revision], ["2.0.0 +1", 3]);
});

test("rates of methods add up; percentiles are those of the mixture", () => {
  const often = { rate: 99, errorRate: 0, p50Ms: 1, p95Ms: 2 };
  const seldom = { rate: 1, errorRate: 1, p50Ms: 500, p95Ms: 900 };
  const all = combined([often, seldom]);
  assert.equal([all.rate, all.errorRate], [100, 1]);
  assert.ok(all.p50Ms > 0.9 && all.p50Ms < 1.2, String(all.p50Ms));
  assert.ok(all.p95Ms > 1.8 && all.p95Ms < 3, String(all.p95Ms));
  const half = combined([{ ...often, rate: 1 }, seldom]);
  assert.ok(half.p95Ms > 500 && half.p95Ms <= 900, String(half.p95Ms));
  assert.is(combined([{ ...seldom, rate: 0 }]), noFigures);
  assert.is(combined([often, { ...seldom, rate: 0 }]), often);
});

test("what fails has a level, and what is busy is thicker", () => {
  assert.equal([0, 0.01, 0.05, 1].map(errorLevel), ["none", "some", "many", "many"]);
  assert.equal([errorShare({ rate: 0, errorRate: 0 }), errorShare({ rate: 4, errorRate: 1 })], [0, 0.25]);
  assert.ok(lineWidth(0) < lineWidth(10) && lineWidth(10) < lineWidth(1000) && lineWidth(1e9) <= 7);
});

test("the calls of a trace come each before what it led to", () => {
  const call = (id: string, parent: string | undefined, startedAt: number, trace = "t") => ({
    ...{ id, parent, startedAt, trace, kind: "call" as const, caller: "a", service: "b" },
  });
  const calls = [
    call("c", "b", 1),
    call("b", "a", 1),
    call("a", undefined, 1),
    call("d", "a", 0),
    call("x", undefined, 0, "u"),
  ];
  assert.equal(
    stepsOf(calls, "c").map(({ id }) => id),
    ["a", "d", "b", "c"],
  );
  assert.equal(stepsOf(calls, "gone"), []);
  assert.is(stepsOf([call("a", "b", 0), call("b", "a", 0)], "a").length, 2);
  assert.equal([stepText([1]), stepText([2, 5]), stepText([1, 2, 3, 4])], ["1", "2 · 5", "1 · 2 · …"]);
});

test.run();
