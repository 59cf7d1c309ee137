import type { MicroError } from "@micro/kernel";
import { eventually, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ModuleGraph } from "../src/graph/module-graph.ts";
import { DevEvents } from "../src/index.ts";
import { WorkerGuests } from "../src/isolate/worker-guests.ts";
import { Project, sayer } from "./support/project.ts";
import { Remote } from "./support/remote.ts";

const test = suite("a worker that fails");

/** A service in a worker, beside one that must not notice. */
async function using(
  handlers: string,
  run: (project: Project, remote: Remote) => Promise<void>,
  head = "",
): Promise<void> {
  const project = await Project.create({
    "services/a.ts": isolated(handlers, head),
    "services/b.ts": sayer("b", "hello"),
  });
  let remote: Remote | undefined;
  try {
    await project.start();
    remote = await Remote.start(project);
    assert.is((await remote.call("b", "Say.Hello")).msg, "hello");
    await run(project, remote);
    assert.is((await remote.call("b", "Say.Hello")).msg, "hello");
  } finally {
    await remote?.close();
    await within(15_000, "closing the project", project.close());
  }
}

function isolated(handlers: string, head = ""): string {
  return `import { defineService } from "@micro/kernel";
import { threadId } from "node:worker_threads";
${head}
export default defineService({ name: "a", isolate: "worker", handlers: { Say: {
  Hello: () => ({ msg: "a", threadId }),
  Wait: () => new Promise(() => {}),
  async *Count() { for (let n = 0; ; n++) { yield { n }; await new Promise((r) => setTimeout(r, 20)); } },
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

/** Has calls under way, lets the worker die, and sees them fail and another worker answer. */
async function dies(project: Project, remote: Remote, how: string, reason: RegExp): Promise<MicroError> {
  const { threadId: before } = await remote.call<{ threadId: number }>("a", "Say.Hello");
  const waiting = failure(remote.call("a", "Say.Wait"));
  const stream = remote.stream<{ n: number }>("a", "Say.Count", {});
  await stream.receive();
  const killed = failure(remote.call("a", how));

  const [lost, error] = await within(10_000, "calls under way fail", Promise.all([waiting, killed]));
  assert.is(lost.code, 500);
  assert.match(lost.detail, /connection lost: the worker of the service ended/);
  await within(
    5000,
    "the stream fails",
    failure(
      (async () => {
        for await (const _ of stream);
      })(),
    ),
  );
  const { threadId } = await within(
    10_000,
    "a call on the new worker",
    remote.call<{ threadId: number }>("a", "Say.Hello"),
  );
  assert.ok(threadId > before, "the old worker answered");
  const replaced = await project.event("replaced");
  assert.is(replaced.service, "a");
  assert.match(replaced.reason, reason);
  return error;
}

test("process.exit() ends the worker alone, and another takes its place", () =>
  using(`Die: () => process.exit(3),`, async (project, remote) => {
    const { code, detail } = await dies(project, remote, "Say.Die", /^process\.exit\(3\)$/);
    assert.is(code, 500);
    assert.match(detail, /process\.exit\(3\)/);
    assert.equal(project.all("failed"), []);
  }));

test("an uncaught error outside a handler is told of with its line, and another worker takes the place", () =>
  using(
    `Die: () => { setTimeout(() => {
  throw new RangeError("out of reach"); }, 10); return new Promise(() => {}); },`,
    async (project, remote) => {
      await dies(project, remote, "Say.Die", /an uncaught error: out of reach/);
      const { phase, service, message, frame } = await project.event("failed");
      assert.equal([phase, service, message], ["run", "a", "out of reach"]);
      assert.is(frame?.file, project.path("services/a.ts"));
      assert.match(frame?.excerpt ?? "", />\s+\d+ \| {3}throw new RangeError/);
    },
  ));

test("a rejection that nobody handles is told of too", () =>
  using(
    `Die: () => { void Promise.reject(new Error("left alone")); return new Promise(() => {}); },`,
    async (project, remote) => {
      await dies(project, remote, "Say.Die", /an uncaught error: left alone/);
      assert.is((await project.event("failed")).message, "left alone");
    },
  ));

test("an endless loop is noticed, told of with its line, and ended", () =>
  using(
    `Die: async () => { await null;
  for (;;) ; },`,
    async (project, remote) => {
      const { detail } = await dies(project, remote, "Say.Die", /kept its event loop from turning/);
      const { service, file, line, forMs } = await project.event("blocked");
      assert.equal([service, file, line], ["a", project.path("services/a.ts"), 9]);
      assert.ok(forMs >= 2000);
      assert.match(detail, /services\/a\.ts:9/);
    },
  ));

test("an endless loop while new code is evaluated fails the new code, and the old serves on", () =>
  using(``, async (project, remote) => {
    const before = await remote.call("a", "Say.Hello");
    await project.write("services/a.ts", isolated(``, `for (;;);`));
    const { line } = await project.event("blocked");
    assert.is(line, 3);
    const { phase, service, message } = await project.event("failed");
    assert.equal([phase, service], ["start", "a"]);
    assert.match(message, /kept its event loop from turning/);
    assert.equal(await remote.call("a", "Say.Hello"), before);
    assert.equal(project.all("replaced"), []);

    await project.write("services/a.ts", isolated(`New: () => ({ msg: "new" }),`));
    await eventually(
      10_000,
      "mended code",
      async () => (await remote.call("a", "Say.New").catch(() => undefined))?.msg === "new",
    );
    await project.event("recovered");
  }));

test("one that dies again and again is given up until the next edit", () =>
  using(``, async (project, remote) => {
    const text = (what: string) => isolated(``, `setTimeout(() => { ${what} }, 150);`);
    await project.write("services/a.ts", text("process.exit(7)"));
    const { message } = await project.event("failed");
    assert.match(message, /its worker ended 3 times in a row \(process\.exit\(7\)\); the next edit starts another one/);
    assert.ok(project.all("replaced").length <= 3);
    const error = await within(5000, "a call", failure(remote.call("a", "Say.Hello")));
    assert.is(error.code, 503);

    await project.write("services/a.ts", text(""));
    await eventually(10_000, "it answers again", async () => {
      return (await remote.call("a", "Say.Hello").catch(() => undefined))?.msg === "a";
    });
  }));

test("one whose successors die while they begin is given up as well", () =>
  using(
    `Die: () => { writeFileSync(marker, ""); process.exit(1); },`,
    async (project, remote) => {
      await failure(remote.call("a", "Say.Die"));
      const { message } = await project.event("failed");
      assert.match(message, /its worker ended 3 times in a row/);
      assert.is((await within(5000, "a call", failure(remote.call("a", "Say.Hello")))).code, 503);
      assert.equal(project.all("replaced"), []);
      assert.is(project.all("failed").length, 1);
    },
    `import { existsSync, writeFileSync } from "node:fs";
const marker = import.meta.filename + ".marker";
if (existsSync(marker)) process.exit(9);`,
  ));

test("what throws while it is evaluated or starts fails as it does in the process", () =>
  using(``, async (project, remote) => {
    await project.write("services/a.ts", isolated(``, `throw new Error("at once");`));
    const first = await project.event("failed");
    assert.equal([first.phase, first.message, first.frame?.line], ["start", "at once", 3]);
    assert.is((await remote.call("a", "Say.Hello")).msg, "a");

    await project.write(
      "services/a.ts",
      isolated(``).replace(`isolate:`, `start() { throw new Error("no start"); }, isolate:`),
    );
    const second = await project.event("failed", ({ message }) => message === "no start");
    assert.is(second.phase, "start");
    assert.is((await remote.call("a", "Say.Hello")).msg, "a");
  }));

test("what a start opened is opened again in the worker that takes the place", () =>
  using(``, async (project, remote) => {
    const text = isolated(`State: () => ({ opened }), Die: () => process.exit(),`, "let opened = false;");
    await project.write("services/a.ts", text.replace("isolate:", "start() { opened = true; }, isolate:"));
    const isOpen = async () =>
      (await remote.call<{ opened?: boolean }>("a", "Say.State").catch(() => ({ opened: false }))).opened;
    await eventually(10_000, "the new code", async () => (await isOpen()) === true);
    await failure(remote.call("a", "Say.Die"));
    await project.event("replaced");
    assert.is(await isOpen(), true);
  }));

test("a worker that takes all its memory is ended and replaced", async () => {
  const project = await Project.create({
    // In small bites: where one alone is more than Node spares for the end of a worker, the process aborts (README).
    "services/a.ts": isolated(`Die: () => { let last; for (;;) last = { last }; },`),
  });
  const events = new DevEvents();
  const workers = new WorkerGuests({ events, blockedMs: 30_000, resourceLimits: { maxOldGenerationSizeMb: 40 } });
  try {
    await project.start({ isolate: (source) => workers.create({ ...source, graph: new ModuleGraph() }) });
    const call = (method: string) => project.host.kernel.client.call("a", method, {}, { timeout: "30s" });
    const error = await within(30_000, "the call", failure(call("Say.Die")));
    assert.match(error.detail, /connection lost.*out of memory/);
    assert.is(((await call("Say.Hello")) as { msg: string }).msg, "a");
    const [replaced] = events.recent.filter(({ type }) => type === "replaced");
    assert.ok(replaced?.type === "replaced" && replaced.reason === "out of memory");
  } finally {
    await project.close();
    await workers.close();
  }
});

test.run();
