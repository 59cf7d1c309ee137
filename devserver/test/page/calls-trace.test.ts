import { suite } from "uvu";
import * as assert from "uvu/assert";
import { differs, diffLines } from "../../page/src/calls/diff.ts";
import { whyNotAgain } from "../../page/src/calls/replay-blocks.ts";
import { waterfallOf } from "../../page/src/calls/waterfall.ts";
import { callSummary } from "../support/call-summary.ts";

const test = suite("a call of the page");

test("the calls of a trace stand within those they were made for, in their order", () => {
  const { rows, totalMs } = waterfallOf([
    callSummary("leaf", { parent: "second", startedAt: 1040, ms: 20 }),
    callSummary("second", { parent: "root", startedAt: 1030, ms: 40 }),
    callSummary("root", { startedAt: 1000, ms: 100 }),
    callSummary("first", { parent: "root", startedAt: 1010, ms: 10 }),
  ]);
  assert.is(totalMs, 100);
  assert.equal(
    rows.map(({ call, depth, start, share }) => [call.id, depth, start, share]),
    [
      ["root", 0, 0, 1],
      ["first", 1, 0.1, 0.1],
      ["second", 1, 0.3, 0.4],
      ["leaf", 2, 0.4, 0.2],
    ],
  );
});

test("calls whose parents are not known, circles, twins and none are drawn", () => {
  const ids = (...calls: Parameters<typeof callSummary>[]): string[] =>
    waterfallOf(calls.map((call) => callSummary(...call))).rows.map(({ call, depth }) => `${call.id}${depth}`);
  assert.equal(ids(["a", { parent: "gone" }]), ["a0"]);
  assert.equal(ids(["a", { parent: "b" }], ["b", { parent: "a" }]), ["a0", "b1"]);
  assert.equal(ids(["a", { parent: "a" }]), ["a0"]);
  assert.equal(ids(["a"], ["a"]), ["a0"]);
  assert.equal(waterfallOf([]), { rows: [], totalMs: 0, omitted: 0 });
  assert.is(waterfallOf([callSummary("a", { ms: 0 })]).rows[0]?.share, 1);
});

test("no more than two hundred calls are drawn, however deep", () => {
  const chain = Array.from({ length: 1000 }, (_, n) => callSummary(`c${n}`, { parent: `c${n - 1}` }));
  const { rows, omitted } = waterfallOf(chain);
  assert.equal([rows.length, omitted], [200, 800]);
});

test("two answers are compared line by line", () => {
  assert.equal(diffLines(["{", "a", "b", "}"], ["{", "a", "c", "}"]).filter(differs), [{ before: "b", after: "c" }]);
  assert.equal(diffLines(["a", "b"], ["b"]), [
    { before: "a", after: undefined },
    { before: "b", after: "b" },
  ]);
  assert.equal(diffLines(["a", "x", "b", "y"], ["a", "b", "y", "z"]).filter(differs), [
    { before: "x", after: undefined },
    { before: undefined, after: "z" },
  ]);
  assert.equal(diffLines([], []), []);
  const long = Array.from({ length: 5000 }, (_, n) => `line ${n}`);
  assert.is(diffLines(long, [...long].reverse()).length, 5000);
});

test("both sides of a comparison are whole", () => {
  const before = ["a", "b", "c", "d", "e", "f"];
  const after = ["b", "x", "d", "y", "f", "g"];
  const rows = diffLines(before, after);
  assert.equal(
    rows.flatMap((row) => row.before ?? []),
    before,
  );
  assert.equal(
    rows.flatMap((row) => row.after ?? []),
    after,
  );
});

test("what cannot be sent again says why", () => {
  const whole = { text: "{}", isCut: false, isRedacted: false };
  const detail = (changes: object) =>
    whyNotAgain({ ...callSummary("a"), metadata: {}, request: whole, response: whole, ...changes });
  assert.is(detail({}), undefined);
  assert.match(detail({ kind: "stream" }) ?? "", "stream");
  assert.match(detail({ kind: "publish" }) ?? "", "message");
  assert.match(detail({ request: undefined }) ?? "", "Nothing was captured");
  assert.match(detail({ request: { ...whole, isCut: true } }) ?? "", "too long");
  assert.match(detail({ request: { ...whole, isRedacted: true } }) ?? "", "Secrets");
});

test.run();
