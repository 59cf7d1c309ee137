import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DevEvents } from "../src/events.ts";
import { guestConsole } from "../src/graph/guest-console.ts";

const test = suite("what services write");

function logging(): { events: DevEvents; log: (service: string, text: string) => void } {
  const events = new DevEvents();
  return { events, log: (service, text) => events.emit({ type: "log", level: "info", service, text }) };
}

test("the last 200 of each service are kept, whatever others write", () => {
  const { events, log } = logging();
  log("quiet", "once");
  for (let at = 0; at < 1000; at++) log("loud", `${at}`);

  assert.equal(
    events.logs.of("quiet").map(({ text, number }) => [text, number]),
    [["once", 1]],
  );
  const loud = events.logs.of("loud").map(({ text }) => text);
  assert.equal([loud.length, loud[0], loud.at(-1)], [200, "800", "999"]);
  assert.equal(events.logs.of("other"), []);
  const numbers = events.logs.all().map(({ number }) => number);
  assert.equal(
    numbers,
    numbers.toSorted((one, other) => one - other),
  );
  assert.is(numbers.length, 201);
});

test("what else happened is not pushed out by it", () => {
  const { events, log } = logging();
  events.emit({ type: "recovered", service: "a", file: "/a.ts" });
  for (let at = 0; at < 1000; at++) log("loud", `${at}`);
  assert.equal([events.recent.length, events.recent[0]?.type, events.recent.at(-1)?.number], [500, "recovered", 1001]);

  for (let at = 0; at < 1000; at++) events.emit({ type: "recovered", service: "a", file: "/a.ts" });
  const { length } = events.recent.filter(({ type }) => type === "log");
  assert.equal([events.recent.length, length, events.recent.at(-1)?.number], [500, 0, 2001]);
  const numbers = events.recent.map(({ number }) => number);
  assert.equal(
    numbers,
    numbers.toSorted((one, other) => one - other),
  );
});

test("all together have a bound, beyond which the oldest go", () => {
  const { events, log } = logging();
  const long = "x".repeat(100_000);
  for (let at = 0; at < 2000; at++) log(`service ${at}`, long);
  assert.equal(events.logs.of("service 0"), []);
  assert.is(events.logs.of("service 1999").length, 1);
  const length = events.logs.all().reduce((sum, { text }) => sum + text.length, 0);
  assert.ok(length > 3e6 && length <= 4 * 1024 * 1024, `${length}`);

  for (let at = 0; at < 30_000; at++) log(`name ${at}`, "x");
  assert.is(events.logs.all().length, 10_000);
});

test("names and texts are data, whatever they are", () => {
  const { events, log } = logging();
  const evil = `\u0000\u001b[31m\u202e</script>${"x".repeat(10_000)}`;
  for (const name of ["__proto__", "constructor", evil]) log(name, evil);

  for (const name of ["__proto__", "constructor", evil.slice(0, 256)]) {
    const [event, ...others] = events.logs.of(name);
    assert.equal([event?.service, event?.text, others], [name, `${evil.slice(0, 4096)} …`, []]);
  }
});

test("a guest's console writes as that of the process, each call at its level", () => {
  const written: [string, string][] = [];
  const own = guestConsole((level, text) => void written.push([level, text]));
  own.log("a %s", "b", { c: 1 });
  own.group("group");
  own.info("two\nlines");
  own.groupEnd();
  own.debug("d");
  own.warn("w");
  own.error(new Error("e").message);
  own.assert(false, "wrong");
  own.count();
  own.log();
  const { log } = own;
  log("without this");
  assert.equal(written, [
    ["info", "a b { c: 1 }"],
    ["info", "group"],
    ["info", "  two\n  lines"],
    ["debug", "d"],
    ["warn", "w"],
    ["error", "e"],
    ["error", "Assertion failed: wrong"],
    ["info", "default: 1"],
    ["info", ""],
    ["info", "without this"],
  ]);
  assert.is(own.Console, console.Console);
  assert.is(typeof own.profile, "function");

  own.log("x".repeat(100_000));
  assert.ok((written.at(-1)?.[1].length ?? 0) < 17_000);
  assert.throws(() =>
    own.log({
      get [Symbol.for("nodejs.util.inspect.custom")]() {
        throw new Error("no");
      },
    }),
  );
  own.warn("after");
  assert.equal(written.at(-1), ["warn", "after"]);
});

test.run();
