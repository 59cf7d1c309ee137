import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Fleet } from "../src/observe/fleet.ts";
import { History } from "../src/observe/history.ts";
import { bucketOf, percentile } from "../src/observe/latency.ts";
import { noCounts, TimeRing } from "../src/observe/time-ring.ts";
import { RouteEdges, Traffic } from "../src/observe/traffic.ts";

const test = suite("figures of edges");

test("a percentile is off by a fifth at most, from a tenth of a millisecond to a minute", () => {
  for (let ms = 0.1; ms < 60_000; ms *= 1.07) {
    const { buckets } = noCounts();
    buckets[bucketOf(ms)] = 10;
    const found = percentile(buckets, 0.5);
    assert.ok(found > ms * 0.8 && found < ms * 1.25, `${found} for ${ms}`);
  }
});

test("durations that are none do no harm", () => {
  for (const ms of [0, -1, Number.NaN]) assert.is(bucketOf(ms), 0);
  assert.ok(bucketOf(Number.POSITIVE_INFINITY) < noCounts().buckets.length);
  assert.is(percentile(noCounts().buckets, 0.95), 0);
});

test("nineteen of twenty calls took no longer than p95", () => {
  const { buckets } = noCounts();
  buckets[bucketOf(10)] = 94;
  buckets[bucketOf(1000)] = 6;

  assert.ok(percentile(buckets, 0.5) < 15);
  assert.ok(percentile(buckets, 0.95) > 700);
});

test("a ring tells what was counted in the last slots, and forgets what is older", () => {
  const ring = new TimeRing(1000, 10);
  for (let second = 0; second < 30; second++) ring.add(second * 1000 + 500, second % 2 === 0, 0, 0);

  const counts = noCounts();
  const covered = ring.sum(29_500, 10_000, counts);
  assert.equal([counts.count, counts.errors, covered], [10, 5, 9500]);
  const later = noCounts();
  ring.sum(36_000, 10_000, later);
  assert.is(later.count, 3);
  const muchLater = noCounts();
  ring.sum(90_000, 10_000, muchLater);
  assert.is(muchLater.count, 0);
});

test("each window of an edge has its own rate, and runs out at its own time", () => {
  let now = 1_000_000;
  const edge = new Traffic(10, () => now).edge("call", "a", "b", "C.D");
  for (let call = 0; call < 600; call++, now += 100) edge.ended(now, 5, call % 10 === 0);

  for (const window of ["10s", "1m"] as const) {
    const { rate, errorRate, p50Ms, p95Ms } = edge.figures(now, window);
    assert.ok(rate > 8 && rate < 12, `${window}: ${rate}`);
    assert.ok(errorRate > 0.7 && errorRate < 1.3, `${window}: ${errorRate}`);
    assert.ok(p50Ms > 4 && p50Ms < 6.3 && p95Ms === p50Ms);
  }
  now += 30_000;
  assert.is(edge.figures(now, "10s").rate, 0);
  assert.ok(edge.figures(now, "1m").rate > 3);
  now += 60_000;
  assert.is(edge.figures(now, "1m").rate, 0);
  assert.ok(edge.figures(now, "5m").rate > 1);
  now += 300_000;
  assert.is(edge.figures(now, "5m").rate, 0);
  assert.is(edge.calls, 600);
});

test("of too many edges the one idle for longest goes, and whoever kept it gets another one", () => {
  let now = 0;
  const traffic = new Traffic(3, () => now);
  const routes = ["a", "b", "c", "d"].map((callee) => new RouteEdges(traffic, "call", callee, "M"));
  for (const route of routes.slice(0, 3)) route.from("outside").ended(++now, 1, false);
  routes[0]?.from("outside").ended(++now, 1, false);
  routes[3]?.from("outside").ended(++now, 1, false);

  assert.equal(
    [...traffic.values()].map(({ callee }) => callee),
    ["a", "c", "d"],
  );
  assert.is(traffic.dropped, 1);
  routes[1]?.from("outside").ended(++now, 1, false);
  assert.equal(
    [...traffic.values()].map(({ callee, calls }) => `${callee}${calls}`),
    ["a2", "d1", "b1"],
  );
});

test("history keeps sixty frames of ten seconds, with the edges that something happened on", () => {
  let now = 10_000;
  const traffic = new Traffic(10, () => now);
  const fleet = new Fleet(10);
  const history = new History(traffic, fleet, 60);
  fleet.put({
    name: "b",
    version: "1",
    metadata: {},
    endpoints: [],
    nodes: [{ id: "b-1", address: "", metadata: {} }],
  });
  for (let frame = 0; frame < 70; frame++, now += 10_000) {
    if (frame % 2 === 0) traffic.edge("call", "a", "b", "M").ended(now, 10, frame % 4 === 0);
    history.add(now, now);
  }

  const { frames } = history;
  assert.is(frames.length, 60);
  assert.equal(frames.map(({ edges }) => edges.length).slice(0, 4), [1, 0, 1, 0]);
  assert.equal(
    frames.slice(0, 3).flatMap(({ edges }) => edges.map(({ calls, errors }) => [calls, errors])),
    [
      [1, 0],
      [1, 1],
    ],
  );
  assert.equal(frames[0]?.services, [["b", 1]]);
  assert.is(frames[0]?.services, frames[59]?.services);
});

test.run();
