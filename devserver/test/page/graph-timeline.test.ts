import { suite } from "uvu";
import * as assert from "uvu/assert";
import { areaPath, shareOf, spanBefore, stepFrom, timeAt } from "../../page/src/timeline/bars.ts";
import { marksOf, markText } from "../../page/src/timeline/marks.ts";
import { type Moment, momentAt, momentsOf, Past } from "../../page/src/timeline/past.ts";
import type { NumberedEvent } from "../../src/events.ts";
import type { HistoryFrame } from "../../src/hub/protocol.ts";

const test = suite("the timeline");

const edge = (id: number, calls: number, errors = 0) => ({
  ...{
    id,
    kind: "call" as const,
    caller: "a",
    callee: "b",
    method: "C.D",
    calls,
    errors,
    items: 0,
    p50Ms: 1,
    p95Ms: 2,
  },
});
const frame = (at: number, changes: Partial<HistoryFrame> = {}): HistoryFrame => ({
  ...{ type: "history", id: 1, more: false, at, ...changes },
});
const moment = (at: number, calls = 10): Moment => ({ at, edges: new Map(), services: new Map(), calls, errors: 0 });

test("frames of one time are put together, and services carried on where nothing changed", () => {
  const moments = momentsOf([
    frame(10_000, { more: true, edges: [edge(1, 5, 1)], services: [["a", 1]] }),
    frame(10_000, { edges: [edge(2, 7)], services: [["b", 2]] }),
    frame(20_000, { edges: [edge(1, 1)] }),
  ]);
  assert.equal(
    moments.map(({ at, calls, errors, edges }) => [at, calls, errors, edges.size]),
    [
      [10_000, 12, 1, 2],
      [20_000, 1, 0, 1],
    ],
  );
  assert.equal(
    [...(moments[1]?.services ?? [])],
    [
      ["a", 1],
      ["b", 2],
    ],
  );
});

test("the past grows by what is new, and keeps ten minutes", async () => {
  const asked: (number | undefined)[] = [];
  let answer: HistoryFrame[] = [];
  const past = new Past({
    history: async (since) => {
      asked.push(since);
      return answer;
    },
  });
  answer = Array.from({ length: 60 }, (_, at) => frame(at * 10_000));
  await Promise.all([past.load(), past.load()]);
  answer = [frame(590_000), frame(600_000)];
  await past.load();
  assert.equal(asked, [undefined, 590_000]);
  assert.equal(
    [past.moments.value.length, past.moments.value[0]?.at, past.moments.value.at(-1)?.at],
    [60, 10_000, 600_000],
  );
  const failing = new Past({ history: () => Promise.reject(new Error("lost")) });
  await failing.load();
  assert.equal(failing.moments.value, []);
});

test("a time lies in the ten seconds that end after it", () => {
  const moments = [moment(10_000), moment(20_000)];
  assert.is(momentAt(moments, 10_001)?.at, 20_000);
  assert.is(momentAt(moments, 20_000)?.at, 20_000);
  assert.is(momentAt(moments, 20_001), undefined);
});

test("the scrubber goes from now to what is remembered, and back to now", () => {
  const moments = [moment(10_000), moment(20_000), moment(30_000)];
  assert.is(stepFrom(undefined, -1, moments), 30_000);
  assert.is(stepFrom(20_000, -60, moments), 10_000);
  assert.is(stepFrom(30_000, 1, moments), undefined);
  assert.is(stepFrom(undefined, -1, []), undefined);
  const span = spanBefore(600_000);
  assert.is(timeAt(0, span, moments), 10_000);
  assert.is(timeAt(0.04, span, moments), 30_000);
  assert.is(timeAt(0.9, span, moments), undefined);
  assert.is(shareOf(300_000, span), 0.5);
});

test("an area ends where nothing is known", () => {
  const span = spanBefore(600_000);
  const path = areaPath([moment(10_000), moment(20_000), moment(90_000)], ({ calls }) => calls, span, 10, 40);
  assert.is(path.match(/M/g)?.length, 2);
  assert.is(
    areaPath([], () => 0, span, 1, 40),
    "",
  );
});

test("what happened at nearly one time is one mark of its kind", () => {
  const failed = (number: number, at: number) => ({
    type: "failed",
    number,
    at,
    service: "a",
    message: `no ${number}\nmore`,
  });
  const swapped = { type: "swapped", number: 9, at: 12_000, service: "b", revision: 2 };
  const log = { type: "log", number: 10, at: 12_000, service: "b", text: "x" };
  const events = [
    failed(1, 1),
    ...[2, 3, 4, 5, 6].map((n) => failed(n, 10_000 + n)),
    swapped,
    log,
  ] as unknown as NumberedEvent[];
  const marks = marksOf(events, 5000);
  assert.equal(
    marks.map(({ kind, at, texts }) => [kind, at, texts.length]),
    [
      ["failed", 10_002, 5],
      ["swapped", 12_000, 1],
    ],
  );
  assert.is(
    marks[0] && markText(marks[0]),
    "a failed: no 2; a failed: no 3; a failed: no 4; a failed: no 5; and 1 more",
  );
});

test.run();
