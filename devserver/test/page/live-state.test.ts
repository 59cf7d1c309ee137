import { suite } from "uvu";
import * as assert from "uvu/assert";
import { LiveState } from "../../page/src/live/live-state.ts";
import type { CallSummary, EdgeView, ServiceView, SnapshotFrame } from "../../src/hub/protocol.ts";
import type { NumberedEvent } from "../../src/index.ts";
import { devService } from "./support/fleet.ts";

const test = suite("what the page knows of the live stream");

const service = (name: string): ServiceView => ({ name, versions: ["1"], endpoints: [], nodes: [], health: "up" });
const calm = { rate: 0, errorRate: 0, p50Ms: 0, p95Ms: 0 };
const windows = { "10s": calm, "1m": calm, "5m": calm };
const edge = (id: number, calls = 0): EdgeView => ({
  ...{ id, kind: "call", caller: "a", callee: "b", method: "Do.It", calls, errors: 0, items: 0, lastAt: 0, windows },
});
const snapshot = (seq: number, more: Partial<SnapshotFrame> = {}): SnapshotFrame => ({
  ...{ type: "snapshot", seq, at: Date.now(), more: false },
  ...more,
});
const logged = (number: number): NumberedEvent => ({
  ...{ type: "log", level: "info", service: "a", text: `line ${number}`, number, at: number },
});

test("a snapshot is everything, and a delta what changed", () => {
  const state = new LiveState();
  assert.is(state.isFilled.value, false);
  assert.ok(state.take(snapshot(1, { services: [service("a"), service("b")], edges: [edge(1), edge(2)] })));
  assert.is(state.isFilled.value, true);
  const { value: before } = state.services;
  const delta = { type: "delta", at: Date.now(), more: false } as const;
  const { calls: _calls, errors, items, lastAt } = edge(1);
  const figures = [{ id: 1, calls: 7, errors, items, lastAt, windows }];
  assert.ok(state.take({ ...delta, seq: 2, removedServices: ["b"], figures, removedEdges: [2] }));

  assert.equal([...state.services.value.keys()], ["a"]);
  assert.equal([...before.keys()], ["a", "b"], "a map that was given is not changed");
  assert.is(state.services.value.get("a"), before.get("a"), "what did not change stays the same object");
  assert.equal(
    [state.edges.value.size, state.edges.value.get(1)?.calls, state.edges.value.get(1)?.callee],
    [1, 7, "b"],
  );
});

test("what does not change gives no new value", () => {
  const state = new LiveState();
  state.take(snapshot(1, { services: [service("a")] }));
  const { services, edges, calls, events } = state;
  const before = [services.value, edges.value, calls.value, events.value];
  state.take({ type: "delta", seq: 2, at: Date.now(), more: false });
  [services.value, edges.value, calls.value, events.value].forEach((value, at) => void assert.is(value, before[at]));
});

test("a snapshot that comes in parts counts when its last part is there", () => {
  const state = new LiveState();
  state.take(snapshot(1, { services: [service("a")], more: true }));
  assert.is(state.isFilled.value, false);
  state.take({ type: "delta", seq: 2, at: Date.now(), more: false, services: [service("b")] });
  assert.is(state.isFilled.value, true);
  assert.is(state.services.value.size, 2);
});

test("a frame that is missing is noticed, and the next snapshot forgets all that was before", () => {
  const state = new LiveState();
  state.take(
    snapshot(1, { services: [service("a")], edges: [edge(1)], events: [logged(1)], project: [devService("a")] }),
  );
  assert.is(state.take({ type: "delta", seq: 3, at: Date.now(), more: false }), false);
  assert.is(state.take({ type: "delta", seq: 4, at: Date.now(), more: false }), true);
  assert.is(state.take(snapshot(5, { services: [service("c")] })), true);
  assert.equal([...state.services.value.keys()], ["c"]);
  assert.equal([state.edges.value.size, state.events.value, state.project.value], [0, [], []]);
});

test("figures of an edge that is not known are left out", () => {
  const state = new LiveState();
  state.take(snapshot(1));
  const { id, calls, errors, items, lastAt } = edge(9);
  state.take({
    ...{ type: "delta", seq: 2, at: 0, more: false, figures: [{ id, calls, errors, items, lastAt, windows }] },
  });
  assert.is(state.edges.value.size, 0);
});

test("of events and calls the last thousand are kept", () => {
  const state = new LiveState();
  const call = {
    id: "c",
    trace: "t",
    parent: undefined,
    kind: "call",
    caller: "a",
    service: "b",
    method: "m",
  } as const;
  const calls: CallSummary[] = Array.from({ length: 700 }, (_, number) => ({
    ...call,
    ...{ number, startedAt: 0, ms: 1, code: 200, error: undefined, sent: 0, received: 0 },
  }));
  const events = Array.from({ length: 700 }, (_, number) => logged(number));
  state.take(snapshot(1, { calls, events }));
  state.take({ type: "delta", seq: 2, at: 0, more: false, calls, events });
  assert.equal([state.calls.value.length, state.events.value.length], [1000, 1000]);
  assert.is(state.events.value.at(-1)?.number, 699);
});

test("names that objects have by themselves are names like others", () => {
  const state = new LiveState();
  state.take(
    snapshot(1, { services: [service("__proto__"), service("constructor")], project: [devService("__proto__")] }),
  );
  assert.is(state.services.value.get("__proto__")?.name, "__proto__");
  assert.is(state.services.value.get("toString"), undefined);
  assert.is(state.own.value.get("__proto__")?.name, "__proto__");
});

test("the server's clock is known", () => {
  const state = new LiveState();
  state.take(snapshot(1, { at: Date.now() + 60_000 }));
  assert.ok(state.aheadMs.value > 55_000);
});

test.run();
