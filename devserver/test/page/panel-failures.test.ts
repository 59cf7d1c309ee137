import { suite } from "uvu";
import * as assert from "uvu/assert";
import { currentFailures } from "../../page/src/panel/failures.ts";
import type { DevEvent, NumberedEvent } from "../../src/events.ts";
import { devService } from "../support/observed.ts";

const test = suite("what fails now");

const numbered = (...events: DevEvent[]): NumberedEvent[] =>
  events.map((event, at) => ({ ...event, number: at + 1, at: 1000 + at }));
const failed = (
  phase: "build" | "run" | "config" | "start",
  service: string | undefined,
  message: string,
): DevEvent => ({
  ...{ type: "failed", phase, service, file: "/a.ts", message, stack: undefined },
  frame: { file: "/a.ts", line: 3, column: 1, excerpt: "> 3 | x y" },
});
const swapped = (service: string): DevEvent => ({
  ...{ type: "swapped", service, revision: 1, files: [], transformMs: 1, startMs: 1, swapMs: 1, totalMs: 1 },
  ...{ inFlight: 0, announced: false },
});

test("a service says itself what is wrong with it, and which code serves on", () => {
  const detail = { phase: "start", message: "no", file: "/b.ts", line: 1, column: 2, excerpt: "> 1 | no" } as const;
  const own = devService("go.a", { failure: "no", failureDetail: detail, address: "127.0.0.1:1", revision: 4 });
  const [failure, ...others] = currentFailures([own], numbered(failed("build", "go.a", "older")));
  assert.equal(others, []);
  assert.equal([failure?.service, failure?.detail, failure?.revision], ["go.a", detail, 4]);
});

test("where it gives no place, the event does", () => {
  const own = devService("go.a", { failure: "no" });
  const [failure] = currentFailures([own], numbered(failed("build", "go.a", "no")));
  assert.equal([failure?.detail.line, failure?.detail.excerpt, failure?.revision], [3, "> 3 | x y", undefined]);
  const [bare] = currentFailures([own], []);
  assert.equal([bare?.detail.message, bare?.detail.file], ["no", "/a.ts"]);
});

test("code that threw fails until it is swapped, once for each thing that it threw", () => {
  const project = [devService("go.a", { address: "127.0.0.1:1" })];
  const events = numbered(failed("run", "go.a", "boom"), failed("run", "go.a", "boom"));
  assert.is(currentFailures(project, events).length, 1);
  assert.equal(currentFailures(project, [...events, ...numbered(swapped("go.a"))]), []);
});

test("a config that does not load fails until the kernel was started anew", () => {
  const events = numbered(failed("config", undefined, "no config"));
  assert.is(currentFailures([], events).length, 1);
  assert.equal(currentFailures([], [...events, ...numbered({ type: "restarted", reason: "", ms: 1 })]), []);
  assert.equal(
    currentFailures([], [...events, ...numbered({ type: "recovered", service: undefined, file: "/a.ts" })]),
    [],
  );
});

test("what was mended shows no more, and the same failure has the same key", () => {
  const own = devService("go.a");
  assert.equal(currentFailures([own], numbered(failed("build", "go.a", "no"))), []);
  const keys = [0, 1].map(() => currentFailures([devService("go.a", { failure: "no" })], [])[0]?.key);
  assert.is(keys[0], keys[1]);
});

test.run();
