import { setTimeout as sleep } from "node:timers/promises";
import { eventually, leaks, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Guest, GuestSource } from "../src/index.ts";
import { Project, sayer } from "./support/project.ts";

const test = suite("what services do wrong");

async function using(files: Readonly<Record<string, string>>, run: (project: Project) => Promise<void>): Promise<void> {
  const project = await Project.create(files);
  try {
    await run(project);
  } finally {
    await within(15_000, "closing the project", project.close());
  }
}

test("an uncaught error and an unhandled rejection are told with service, file and line", async () => {
  // A runner that ends at uncaught errors would end before the host is asked.
  await using(
    {
      "services/a.ts": `import { defineService } from "@micro/kernel";
type Ignored = {
  x: 1;
};
export default defineService({ name: "a", handlers: { Say: {
  Hello: () => ({ msg: "up" }),
  Throw: () => { setTimeout(() => { throw new Error("outside"); }, 1); return {}; },
  Reject: () => { void Promise.reject(new Error("unhandled")); return {}; },
} } });`,
    },
    async (project) => {
      await project.start();
      await project.call("a", "Say.Throw");
      const thrown = await project.event("failed", ({ message }) => message === "outside");
      assert.is(thrown.phase, "run");
      assert.is(thrown.service, "a");
      assert.is(thrown.frame?.line, 7);
      assert.is(thrown.frame?.file, project.path("services/a.ts"));

      await project.call("a", "Say.Reject");
      const rejected = await project.event("failed", ({ message }) => message === "unhandled");
      assert.is(rejected.frame?.line, 8);
      await project.answers("a", "up");
    },
  );
});

test("process.exit() fails the call, is told with its line and ends nothing", () =>
  using(
    {
      "services/a.ts": `import { defineService } from "@micro/kernel";
import { exit } from "node:process";

export default defineService({ name: "a", handlers: { Say: {
  Hello: () => ({ msg: "up" }),
  Leave: () => process.exit(1),
  LeaveToo: () => exit(2),
} } });`,
    },
    async (project) => {
      await project.start();
      for (const [method, line] of [
        ["Say.Leave", 6],
        ["Say.LeaveToo", 7],
      ] as const) {
        const error = await project.call("a", method).catch((reason: Error) => reason);
        assert.match((error as Error).message, "process.exit(");
        const failed = await project.event("failed", ({ frame }) => frame?.line === line);
        assert.is(failed.phase, "run");
        assert.is(failed.service, "a");
      }
      await project.answers("a", "up");
    },
  ));

test("what a dropped version left behind is ended and named", () =>
  using(
    {
      "services/a.ts": sayer(
        "a",
        "one",
        `import { createServer } from "node:net";
setInterval(() => {}, 1000);
process.on("SIGUSR2", () => {});
createServer().listen(0, "127.0.0.1");
await0();
function await0() { setTimeout(() => {}, 100_000); }`,
      ),
    },
    async (project) => {
      const listeners = process.listenerCount("SIGUSR2");
      await project.start();
      await sleep(20);
      await project.write("services/a.ts", sayer("a", "two"));
      const { leaks } = await project.event("drained");
      assert.equal(
        leaks.map(({ what, where }) => `${what} ${where}`),
        ["interval services/a.ts:3", "listener services/a.ts:4", "server services/a.ts:5"],
      );
      assert.is(process.listenerCount("SIGUSR2"), listeners);
    },
  ));

test("code that throws while it is evaluated or started is told with its line", () =>
  using({ "services/a.ts": sayer("a", "one") }, async (project) => {
    await project.start();
    await project.write("services/a.ts", sayer("a", "two", 'interface X {\n  a: 1;\n}\nthrow new Error("early");'));
    const early = await project.event("failed", ({ message }) => message === "early");
    assert.is(early.phase, "start");
    assert.is(early.frame?.line, 5);

    await project.write("services/a.ts", "export const x = 1;");
    const none = await project.event("failed", ({ message }) => message.includes("exports no service"));
    assert.match(none.message, "services/a.ts");
    await project.answers("a", "one");
  }));

test("a service that needs a worker gets one, and its file is watched", () =>
  using(
    {
      "services/a.ts": `const x = await Promise.resolve("x");\n${sayer("a", "one")}console.log(x);`,
      "services/b.ts": sayer("b", "b", "").replace("handlers", 'isolate: "worker", handlers'),
    },
    async (project) => {
      const sources: GuestSource[] = [];
      let disposed = 0;
      const isolate = async (source: GuestSource): Promise<Guest> => {
        sources.push(source);
        const name = source.file.endsWith("a.ts") ? "a" : "b";
        const msg = `isolated ${sources.length}`;
        return {
          definition: { name, handlers: { Say: { Hello: () => ({ msg }) } } },
          hot: undefined,
          isolated: source.reason,
          dispose: () => {
            disposed++;
            return [];
          },
        };
      };
      await project.start({ isolate });
      assert.is(sources.length, 2);
      assert.match(sources.find(({ file }) => file.endsWith("a.ts"))?.reason ?? "", "top-level await in line 1");
      assert.is(sources.find(({ file }) => file.endsWith("b.ts"))?.reason, 'isolate: "worker"');
      assert.ok(project.host.services.every(({ isolated }) => isolated !== undefined));
      assert.is((await project.event("started")).isolated, true);

      await project.write(
        "services/a.ts",
        `const x = await Promise.resolve("y");\n${sayer("a", "one")}console.log(x);`,
      );
      await project.answers("a", "isolated 3");
      await eventually(2000, "the old one is disposed of", () => disposed === 1);
    },
  ));

test("a service that is isolated later moves to a worker", () =>
  using({ "services/a.ts": sayer("a", "one") }, async (project) => {
    const isolate = async ({ reason }: GuestSource): Promise<Guest> => ({
      definition: { name: "a", handlers: { Say: { Hello: () => ({ msg: reason }) } } },
      hot: undefined,
      isolated: reason,
      dispose: () => [],
    });
    await project.start({ isolate });
    await project.answers("a", "one");
    await project.host.isolate(project.path("services/a.ts"), "it blocked");
    await project.answers("a", "it blocked");
  }));

test("what services log are events", () =>
  using(
    {
      "services/a.ts": `import { defineService } from "@micro/kernel";
export default defineService({ name: "a", handlers: { Say: { Hello: (_: unknown, { log }) => { log.info("called", { n: 1 }); return {}; } } } });`,
    },
    async (project) => {
      await project.start();
      await project.call("a", "Say.Hello");
      const { level, service, text } = await project.event("log");
      assert.equal([level, service, text], ["info", "a", "called n=1"]);
    },
  ));

test("a closed host leaves nothing behind, and a start that fails neither", async () => {
  const leaked = leaks(5000);
  const before = ["uncaughtException", "unhandledRejection"].map((name) => process.listenerCount(name));
  const prepare = Error.prepareStackTrace;
  await using({ "services/a.ts": sayer("a", "one"), ".env": "MICRO_DEV_TEST_C=1" }, async (project) => {
    await project.start();
    await project.answers("a", "one");
    await project.host.close();
    await project.host.close();
    assert.is(project.kernels[0]?.state, "stopped");

    const failed = await project
      .start({ startKernel: () => Promise.reject(new Error("no kernel")) } as never)
      .catch((reason: Error) => reason);
    assert.match((failed as Error).message, "no kernel");
  });
  assert.is(Error.prepareStackTrace, prepare);
  assert.is(process.env.MICRO_DEV_TEST_C, undefined);
  assert.equal(
    ["uncaughtException", "unhandledRejection"].map((name) => process.listenerCount(name)),
    before,
  );
  assert.equal(await leaked(), []);
});

test.run();
