import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatDuration, parseDuration } from "../src/index.ts";

const test = suite("duration");

test("durations are read as Go writes them", () => {
  const cases: readonly (readonly [string | number, number])[] = [
    ["500ms", 500],
    ["5s", 5000],
    ["1m30s", 90_000],
    ["1.5h", 5_400_000],
    ["1h0m0s", 3_600_000],
    ["250us", 0.25],
    ["250µs", 0.25],
    ["1000ns", 0.001],
    ["-1s", -1000],
    ["+1s", 1000],
    ["0", 0],
    [".5s", 500],
    [42, 42],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ];
  for (const [text, milliseconds] of cases) assert.is(parseDuration(text), milliseconds, String(text));
});

test("what is no duration is refused with how to write one", () => {
  for (const text of ["", "5", "s", "5 s", "1x", "--1s", "1s1", "1e3s", "s5", "Infinity", "1..5s"]) {
    assert.throws(() => parseDuration(text), /write it as 500ms/, text);
  }
  assert.throws(() => parseDuration(Number.NaN), TypeError);
});

test("durations are written as Go writes them", () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, "0s"],
    [500, "500ms"],
    [1500, "1.5s"],
    [60_000, "1m0s"],
    [90_000, "1m30s"],
    [3_600_000, "1h0m0s"],
    [0.25, "250µs"],
    [0.0005, "500ns"],
    [-1000, "-1s"],
  ];
  for (const [milliseconds, text] of cases) assert.is(formatDuration(milliseconds), text);
});

test.run();
