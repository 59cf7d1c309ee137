import * as inspector from "node:inspector";
import { setTimeout as sleep } from "node:timers/promises";
import type { MicroError } from "@micro/kernel";
import { eventually, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startWatchdog } from "../src/isolate/watchdog.ts";
import { Project } from "./support/project.ts";
import { Remote } from "./support/remote.ts";

// Later versions of Node hide what it takes.
const stopWatchdog = startWatchdog({ onInterrupt() {} });
await stopWatchdog?.();

const untold = suite("a version of Node that cannot break code off");
untold("starts no watchdog, and serves all the same", async () => {
  const project = await Project.create({ "services/b.ts": other });
  try {
    await project.start();
    assert.equal(await project.host.kernel.client.call("b", "Say.Hello"), { msg: "hello" });
  } finally {
    await project.close();
  }
});
if (stopWatchdog === undefined) untold.run();

const test = suite("code that blocks the event loop");

async function using(
  handlers: string,
  run: (project: Project, remote: Remote) => Promise<void>,
  more = "",
): Promise<void> {
  const project = await Project.create({ "services/a.ts": service(handlers, more), "services/b.ts": other });
  let remote: Remote | undefined;
  try {
    await project.start();
    remote = await Remote.start(project);
    assert.is((await remote.call("b", "Say.Hello")).msg, "hello");
    await run(project, remote);
    assert.is((await within(5000, "another service", remote.call("b", "Say.Hello"))).msg, "hello");
  } finally {
    await remote?.close();
    await within(15_000, "closing the project", project.close());
  }
}

const other = `import { defineService } from "@micro/kernel";
export default defineService({ name: "b", handlers: { Say: {
  Hello: async () => ({ msg: "hello" }),
  Slow: async () => { await new Promise((r) => setTimeout(r, 2300)); return { msg: "slow" }; },
  async *Count() { for (let n = 0; n < 23; n++) { yield { n }; await new Promise((r) => setTimeout(r, 100)); } },
} } });`;

function service(handlers: string, more = "", head = ""): string {
  return `import { defineService } from "@micro/kernel";
import { isMainThread } from "node:worker_threads";
${head}
export default defineService({ name: "a", ${more} handlers: { Say: {
  Where: () => ({ msg: isMainThread ? "here" : "worker" }),
${handlers}
} } });
`;
}

async function failure(work: Promise<unknown>): Promise<MicroError> {
  try {
    await work;
  } catch (error) {
    return error as MicroError;
  }
  throw new Error("it did not fail");
}

async function isMovedToWorker(project: Project, remote: Remote): Promise<void> {
  await eventually(10_000, "it is in a worker", async () => (await remote.call("a", "Say.Where")).msg === "worker");
  assert.is(project.host.services.find(({ name }) => name === "a")?.isolated, "it blocked the event loop");
}

for (const [how, text] of Object.entries({
  "at once": `Loop: () => {\n  for (;;) ; },`,
  "after an await": `Loop: async () => { await new Promise((r) => setTimeout(r, 20));\n  for (;;) ; },`,
  "in a stream": `async *Loop() { yield {};\n  for (;;) ; },`,
  "with a catch and a finally around it": `Loop: async () => { for (;;) { try {\n  for (;;) ; } catch {} finally {} } },`,
})) {
  test(`an endless loop of a handler ${how} is broken off, and its service goes on in a worker`, () =>
    using(text, async (project, remote) => {
      const slow = remote.call("b", "Say.Slow");
      const count = (async () => {
        let items = 0;
        for await (const _ of remote.stream("b", "Say.Count", {})) items++;
        return items;
      })();
      await sleep(50);
      const call =
        how === "in a stream"
          ? failure(
              (async () => {
                for await (const _ of remote.stream("a", "Say.Loop", {}));
              })(),
            )
          : failure(remote.call("a", "Say.Loop"));
      const { code, detail } = await within(10_000, "the call that loops", call);
      assert.is(code, 500);
      assert.match(detail, /kept the event loop from turning for \d+ ms in services\/a\.ts:7 and was broken off/);

      const { service: name, file, line, forMs } = await project.event("blocked");
      assert.equal([name, file, line], ["a", project.path("services/a.ts"), 7]);
      assert.ok(forMs >= 1500);
      await isMovedToWorker(project, remote);
      assert.is((await within(10_000, "a call of another service", slow)).msg, "slow");
      assert.is(await within(15_000, "a stream of another service", count), 23);
    }));
}

for (const [how, code] of Object.entries({
  "a timer": "setTimeout(() => {\n  for (;;) ; }, 10);",
  "an immediate": "setImmediate(() => {\n  for (;;) ; });",
  "a tick": "process.nextTick(() => {\n  for (;;) ; });",
  "a microtask": "queueMicrotask(() => {\n  for (;;) ; });",
})) {
  test(`an endless loop in ${how} is broken off, and the process lives on`, () =>
    using(`Loop: () => { ${code} return { msg: "begun" }; },`, async (project, remote) => {
      await Promise.race([remote.call("a", "Say.Loop"), project.event("blocked")]).catch(() => {});
      assert.is((await project.event("blocked")).line, 7);
      await isMovedToWorker(project, remote);
    }));
}

test("connections that were open before go on", () =>
  using(`Loop: () => { for (;;) ; },`, async (project, remote) => {
    for (let n = 0; n < 5; n++) await remote.call("a", "Say.Where");
    await failure(remote.call("a", "Say.Loop"));
    await isMovedToWorker(project, remote);
    for (let n = 0; n < 5; n++) await within(3000, "a call", remote.call("a", "Say.Where"));
  }));

test("an endless loop while new code is evaluated fails the new code, and the old serves on here", () =>
  using(``, async (project, remote) => {
    await project.write("services/a.ts", service(`New: () => ({ msg: "new" }),`, "", "for (;;);"));
    const { service: name, line } = await project.event("blocked");
    assert.equal([name, line], ["a", 3]);
    const { phase, message, frame } = await project.event("failed");
    assert.is(phase, "start");
    assert.match(message, /was broken off/);
    assert.is(frame?.line, 3);
    assert.is((await remote.call("a", "Say.Where")).msg, "here");

    await project.write("services/a.ts", service(`New: () => ({ msg: "new" }),`));
    await eventually(
      10_000,
      "mended code",
      async () => (await remote.call("a", "Say.New").catch(() => undefined))?.msg === "new",
    );
    assert.is(project.host.services.find(({ name: one }) => one === "a")?.isolated, undefined);
  }));

test("an endless loop in the start of new code fails the new code, and the old serves on here", () =>
  using(``, async (project, remote) => {
    await project.write("services/a.ts", service(``, "async start() { await null; for (;;) ; },"));
    await project.event("blocked");
    const { phase, message } = await project.event("failed");
    assert.is(phase, "start");
    assert.match(message, /was broken off/);
    assert.is((await remote.call("a", "Say.Where")).msg, "here");
  }));

test("work that is long but ends is left alone", () =>
  using(
    `Long: () => { const end = Date.now() + 900; while (Date.now() < end); return { msg: "done" }; },`,
    async (project, remote) => {
      assert.is((await remote.call("a", "Say.Long")).msg, "done");
      assert.equal(project.all("blocked"), []);
      assert.is((await remote.call("a", "Say.Where")).msg, "here");
    },
  ));

test("the host's own long work is left alone", () =>
  using(``, async (project, remote) => {
    const end = Date.now() + 2500;
    while (Date.now() < end);
    await sleep(300);
    assert.equal(project.all("blocked"), []);
    assert.is((await remote.call("a", "Say.Where")).msg, "here");
  }));

test("nothing is broken off while a debugger may stand still in it", () => {
  inspector.open(0, "127.0.0.1");
  return using(
    `Long: () => { const end = Date.now() + 3000; while (Date.now() < end); return { msg: "done" }; },`,
    async (project, remote) => {
      await sleep(300);
      assert.is((await remote.call("a", "Say.Long")).msg, "done");
      assert.equal(project.all("blocked"), []);
      inspector.close();
      await sleep(300);
      await failure(remote.call("a", "Say.Long"));
      await project.event("blocked");
    },
  ).finally(() => inspector.close());
});

if (stopWatchdog !== undefined) test.run();
