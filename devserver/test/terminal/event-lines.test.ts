import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { DevEvent } from "../../src/events.ts";
import { EventLines } from "../../src/terminal/event-lines.ts";
import { textOf } from "../../src/terminal/line.ts";

const root = "/work/shop";
const test = suite("the lines of events");

test("a start, a swap and its drain are a line each, which begins with what happened", () => {
  const text = record([
    started,
    { type: "ready", ms: 311.6, page: "http://127.0.0.1:4000/#token" },
    { ...swapped, inFlight: 2 },
    { ...drained, ms: 31.4 },
  ]);

  assert.equal(text, [
    "started go.micro.srv.greeter 1.0.0 at 127.0.0.1:4123 (services/greeter.ts, 12 ms)",
    "page http://127.0.0.1:4000/#token",
    "ready in 312 ms, 1 service",
    "swapped go.micro.srv.greeter revision 1 in 9.3 ms: services/greeter.ts, lib/words.ts (transform 4 ms, start 1.3 ms, swap 0.1 ms, 2 calls finish on the old code)",
    "drained go.micro.srv.greeter in 31 ms, no call dropped",
  ]);
});

test("a drain that nobody waited for says nothing, unless calls were dropped or something was left behind", () => {
  assert.equal(record([started, swapped, drained]).slice(2), []);
  assert.equal(
    record([
      started,
      swapped,
      {
        ...drained,
        dropped: 1,
        leaks: [{ what: "interval", where: "services/greeter.ts:12" }],
      },
    ]).slice(2),
    [
      "drained go.micro.srv.greeter in 5 ms, 1 call dropped at the limit",
      "leak go.micro.srv.greeter: interval of services/greeter.ts:12, left behind by the code before revision 1",
    ],
  );
});

test("a failure shows its place, the source, and which version serves on", () => {
  const text = record([
    started,
    swapped,
    {
      ...failed,
      message: 'Expected ";"\nbut found "x"',
      frame: { file: `${root}/services/greeter.ts`, line: 3, column: 7, excerpt: "3 | const x y\n  |       ^" },
    },
  ]).slice(2);

  assert.equal(text, [
    'failed build services/greeter.ts:3:7: Expected ";"',
    '  but found "x"',
    "  3 | const x y",
    "    |       ^",
    "  go.micro.srv.greeter serves on with revision 1",
  ]);
});

test("a service that another kernel took over keeps its revision; one that was removed begins anew", () => {
  const removed = { type: "removed", service: "go.micro.srv.greeter", file: "a.ts" } as const;

  assert.match(record([started, swapped, started, failed]).at(-1) ?? "", "serves on with revision 1");
  assert.match(record([started, swapped, removed, started, failed]).at(-1) ?? "", "serves on with revision 0");
});

test("a failure of what was never served says that it is not; one without a service, that the rest goes on", () => {
  assert.is(record([failed]).at(-1), "  go.micro.srv.greeter is not served until this is mended");
  assert.is(record([started, { ...failed, service: undefined }]).at(-1), "  everything serves on as it was");
  assert.is(record([{ ...failed, service: undefined }]).length, 1);
});

test("a failure without a frame shows the places of its stack, without the message that stands in it too", () => {
  const places = Array.from({ length: 12 }, (_, at) => `    at f${at} (/work/shop/services/greeter.ts:${at}:1)`);
  const text = record([
    { ...failed, phase: "run", message: "no luck", stack: ["Error: no luck", ...places].join("\n") },
  ]);

  assert.is(text[0], "failed run services/greeter.ts: no luck");
  assert.is(text[1], "  at f0 (/work/shop/services/greeter.ts:0:1)");
  assert.is(text.length, 9);
});

test("what was mended, removed, restarted, blocked or replaced is said in a line", () => {
  const text = record([
    { type: "recovered", service: undefined, file: `${root}/services/greeter.ts` },
    { type: "restarted", reason: "micro.config.ts", ms: 48 },
    { type: "blocked", service: "a.b", file: `${root}/services/b.ts`, line: 4, forMs: 1520 },
    { type: "blocked", service: undefined, file: undefined, line: undefined, forMs: 1520 },
    { type: "replaced", service: "a.b", reason: "process.exit(1)", ms: 30.2 },
    { type: "removed", service: "a.b", file: "/elsewhere/b.ts" },
  ]);

  assert.equal(text, [
    "recovered services/greeter.ts",
    "restarted in 48 ms because of micro.config.ts",
    "blocked a.b kept the event loop for 1520 ms at services/b.ts:4; it was interrupted and runs in a worker from now on",
    "blocked a service kept the event loop for 1520 ms; it was interrupted and runs in a worker from now on",
    "replaced the worker of a.b in 30 ms: process.exit(1)",
    "removed a.b (/elsewhere/b.ts)",
  ]);
});

test("of many type problems ten are shown and the others counted", () => {
  const text = record([types(12)]);

  assert.is(text[0], "types 12 problems (1200 ms)");
  assert.is(text[1], "  services/greeter.ts:1:5 TS2322 Type 1 is wrong");
  assert.is(text.length, 12);
  assert.is(text.at(-1), "  and 2 more");
});

test("types that are well are worth a line once, and again after they were not", () => {
  assert.equal(record([types(0), types(0), types(1), types(0), types(0)]), [
    "types no problems (1200 ms)",
    "types 1 problem (1200 ms)",
    "  services/greeter.ts:1:5 TS2322 Type 1 is wrong",
    "types no problems (1200 ms)",
  ]);
});

test("what a service logs stands behind its level and name, further lines below it", () => {
  assert.equal(record([{ type: "log", level: "warn", service: "a.b", text: "first\nsecond" }]), [
    "warn a.b: first",
    "  second",
  ]);
});

test("control characters of names, messages and sources are dropped, whatever they come in", () => {
  const evil = "\u001b[31mred\u0007\u009b2J\u2028x\r";
  const events: DevEvent[] = [
    { ...started, service: evil, version: evil, address: evil, file: evil },
    { ...swapped, service: evil, files: [evil] },
    { ...failed, service: evil, file: evil, message: evil, stack: `Error\n    at ${evil}` },
    { ...failed, frame: { file: evil, line: 1, column: 1, excerpt: evil } },
    { type: "log", level: "info", service: evil, text: evil },
    { type: "ready", ms: 1, page: evil },
    { type: "restarted", reason: evil, ms: 1 },
    { type: "replaced", service: evil, reason: evil, ms: 1 },
    { type: "types", ms: 1, problems: [{ file: evil, line: 1, column: 1, code: evil, message: evil }] },
    { ...drained, service: evil, dropped: 1, leaks: [{ what: "server", where: evil }] },
  ];

  for (const text of record(events)) assert.not(/[\p{Cc}\u2028]/u.test(text), JSON.stringify(text));
});

const started = {
  type: "started",
  service: "go.micro.srv.greeter",
  version: "1.0.0",
  file: `${root}/services/greeter.ts`,
  address: "127.0.0.1:4123",
  ms: 12.4,
  isolated: false,
} as const satisfies DevEvent;

const swapped = {
  type: "swapped",
  service: "go.micro.srv.greeter",
  revision: 1,
  files: [`${root}/services/greeter.ts`, `${root}/lib/words.ts`],
  transformMs: 4,
  startMs: 1.26,
  swapMs: 0.06,
  totalMs: 9.3,
  inFlight: 0,
  announced: false,
} as const satisfies DevEvent;

const drained = {
  type: "drained",
  service: "go.micro.srv.greeter",
  revision: 1,
  dropped: 0,
  ms: 5,
  leaks: [],
} as const satisfies DevEvent;

const failed = {
  type: "failed",
  phase: "build",
  service: "go.micro.srv.greeter",
  file: `${root}/services/greeter.ts`,
  message: "no luck",
  frame: undefined,
  stack: undefined,
} as const satisfies DevEvent;

function types(count: number): DevEvent {
  const problems = Array.from({ length: count }, (_, at) => ({
    file: `${root}/services/greeter.ts`,
    line: at + 1,
    column: 5,
    code: "TS2322",
    message: `Type ${at + 1} is wrong\n  and so on`,
  }));
  return { type: "types", problems, ms: 1200 };
}

function record(events: readonly DevEvent[]): readonly string[] {
  const lines = new EventLines(root);
  return events.flatMap((event) => lines.describe(event)).map(textOf);
}

test.run();
