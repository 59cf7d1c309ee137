import * as realHttp from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { leaks } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { GuestScope } from "../src/graph/guest-scope.ts";

const test = suite("what a guest takes from the process");

interface Names {
  readonly setTimeout: typeof setTimeout;
  readonly setInterval: typeof setInterval;
  readonly setImmediate: typeof setImmediate;
  readonly clearTimeout: typeof clearTimeout;
  readonly clearInterval: typeof clearInterval;
  readonly process: NodeJS.Process;
}

function createScope() {
  const exits: Error[] = [];
  const scope = new GuestScope({
    display: (file) => file.replace(/^.*\//, ""),
    isOwn: (file) => file.includes("guest-scope.test"),
    onExit: (error) => void exits.push(error),
  });
  return { scope, exits, names: scope.names as unknown as Names };
}

test("timers run, and those that are left end with the scope", async () => {
  const leaked = leaks();
  const { scope, names } = createScope();
  const ran: string[] = [];
  names.setTimeout((text: string) => ran.push(text), 1, "timeout");
  names.setImmediate(() => ran.push("immediate"));
  const cleared = names.setTimeout(() => ran.push("cleared"), 1);
  names.clearTimeout(Number(cleared));
  await promisify(names.setTimeout)(5);
  assert.equal(ran.sort(), ["immediate", "timeout"]);

  names.setTimeout(() => ran.push("never"), 10);
  assert.equal(scope.dispose(), []);
  names.setTimeout(() => ran.push("too late"), 1);
  names.setImmediate(() => ran.push("too late"));
  await sleep(30);
  assert.is(ran.length, 2);
  assert.equal(await leaked(), []);
});

test("intervals that are left are ended and named, those that were cleared are not", async () => {
  const leaked = leaks();
  const { scope, names } = createScope();
  let ticks = 0;
  names.clearInterval(names.setInterval(() => {}, 5));
  names.setInterval(() => ticks++, 5);
  await sleep(20);
  assert.ok(ticks > 0);
  const [leak, ...others] = scope.dispose();
  assert.is(leak?.what, "interval");
  assert.match(leak?.where ?? "", /^guest-scope\.test\.ts:\d+$/);
  assert.equal(others, []);
  assert.equal(await leaked(), []);
});

test("listeners of process are removed and named, unless the guest removed them", () => {
  const { scope, names } = createScope();
  const before = process.listenerCount("SIGUSR2");
  const removed = () => {};
  names.process.on("SIGUSR2", () => {}).on("SIGUSR2", removed);
  names.process.off("SIGUSR2", removed);
  assert.is(process.listenerCount("SIGUSR2"), before + 1);
  assert.is(scope.dispose().length, 1);
  assert.is(process.listenerCount("SIGUSR2"), before);
});

test("a listener for once is gone after its event, or when it is removed", () => {
  const { scope, names } = createScope();
  let heard = 0;
  const other = () => void heard++;
  names.process.once("micro-test" as "exit", () => void heard++);
  names.process.once("micro-test" as "exit", other);
  names.process.off("micro-test" as "exit", other);
  process.emit("micro-test" as "exit", 0);
  assert.is(heard, 1);
  assert.equal(scope.dispose(), []);
});

test("process is otherwise the process", () => {
  const { names } = createScope();
  assert.is(names.process.pid, process.pid);
  assert.is(names.process.env, process.env);
  assert.is(names.process.cwd(), process.cwd());
  assert.is(typeof names.process.hrtime.bigint(), "bigint");
  assert.is(names.process.cwd, names.process.cwd);
  assert.is(names.process.stdout, process.stdout);
});

test("process.exit() ends nothing but the code that calls it", () => {
  const { exits, names } = createScope();
  assert.throws(() => names.process.exit(3), /process\.exit\(3\) was called/);
  assert.is(exits.length, 1);
});

test("servers that still listen are closed and named", async () => {
  const leaked = leaks();
  const { scope } = createScope();
  const http = scope.override("node:http") as typeof realHttp;
  assert.is(http.Server, realHttp.Server);
  const open = http.createServer((_request, response) => response.end("x"));
  const closed = http.createServer();
  for (const server of [open, closed]) await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await new Promise((resolve) => closed.close(resolve));

  const found = scope.dispose();
  assert.equal(
    found.map(({ what }) => what),
    ["server"],
  );
  assert.match(found[0]?.where ?? "", /^guest-scope\.test\.ts:\d+$/);
  assert.is(open.listening, false);
  assert.equal(await leaked(), []);
});

test("timers of node:timers and node:timers/promises end with the scope too", async () => {
  const leaked = leaks();
  const { scope } = createScope();
  const timers = scope.override("timers") as typeof import("node:timers");
  const promises = scope.override("node:timers/promises") as typeof import("node:timers/promises");
  timers.setInterval(() => {}, 5);
  let ticks = 0;
  const ticking = (async () => {
    for await (const _ of promises.setInterval(3)) ticks++;
  })();
  await promises.setTimeout(20);
  assert.ok(ticks > 0);
  assert.equal(
    scope.dispose().map(({ what }) => what),
    ["interval", "interval"],
  );
  await ticking;
  assert.equal(await leaked(), []);
});

test.run();
