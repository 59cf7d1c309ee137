import { setTimeout as sleep } from "node:timers/promises";
import { eventually, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Project, sayer } from "./support/project.ts";

const test = suite("the config of a running project");

async function using(files: Readonly<Record<string, string>>, run: (project: Project) => Promise<void>): Promise<void> {
  const project = await Project.create(files);
  try {
    await run(project);
  } finally {
    await within(15_000, "closing the project", project.close());
  }
}

const config = (services: string, plugins = "") => `import { defineConfig, definePlugin } from "@micro/kernel";
import { standard } from "@micro/standard";
import { answer } from "./plugins/answer.ts";
export default defineConfig({ plugins: [standard(), answer()${plugins}], services: [${services}] });`;

const answering = (text: string) => `import { definePlugin } from "@micro/kernel";
export const answer = () => definePlugin({ name: "answer", setup: ({ hooks }) => {
  hooks.handler.tap("answer", (next, route) => route.method !== "Say.Hello" ? next : async (context) => ({ msg: (await next(context)).msg + ${JSON.stringify(text)} }));
} });`;

test("a changed config, or a plugin that it imports, gets another kernel without a failed call", () =>
  using(
    {
      "micro.config.ts": config('"services/*.ts"'),
      "plugins/answer.ts": answering("!"),
      "services/a.ts": sayer("a", "one"),
    },
    async (project) => {
      await project.start({ hasConfig: true });
      await project.answers("a", "one!");
      const first = project.host.kernel;
      let running = true;
      const failures: unknown[] = [];
      const load = (async () => {
        while (running) {
          await project.call("a", "Say.Hello").catch((error) => failures.push(error));
          await sleep(3);
        }
      })();

      await project.write("plugins/answer.ts", answering("?"));
      await project.answers("a", "one?");
      assert.is((await project.event("restarted")).reason, "plugins/answer.ts");
      assert.ok(project.host.kernel !== first);
      await eventually(5000, "the old kernel stops", () => first.state === "stopped");

      await project.write("services/a.ts", sayer("a", "two"));
      await project.answers("a", "two?");
      running = false;
      await load;
      assert.equal(failures, []);
    },
  ));

test("services that the config names come, and go when it names them no more", () =>
  using(
    {
      "micro.config.ts": config('"services/*.ts"'),
      "plugins/answer.ts": answering(""),
      "services/a.ts": sayer("a", "one"),
      "more/b.ts": sayer("b", "more"),
    },
    async (project) => {
      await project.start({ hasConfig: true });
      await project.answers("a", "one");
      await project.write("micro.config.ts", config('"services/*.ts", "more/*.ts"'));
      await project.answers("b", "more");
      await project.write("more/c.ts", sayer("c", "seen"));
      await project.answers("c", "seen");

      await project.write("micro.config.ts", config('"services/*.ts"'));
      await project.event("removed", ({ service }) => service === "b");
      await eventually(5000, "only one is left", () => project.host.services.length === 1);
    },
  ));

test("a definition in the config is served, and reloaded with it", () =>
  using(
    {
      "micro.config.ts": config('{ name: "inline", handlers: { Say: { Hello: () => ({ msg: "1" }) } } }'),
      "plugins/answer.ts": answering(""),
    },
    async (project) => {
      await project.start({ hasConfig: true });
      await project.answers("inline", "1");
      await project.write(
        "micro.config.ts",
        config('{ name: "inline", handlers: { Say: { Hello: () => ({ msg: "2" }) } } }'),
      );
      await project.answers("inline", "2");
      assert.is(project.host.services[0]?.file, project.path("micro.config.ts"));
    },
  ));

test("a broken config, or a plugin that does not start, keeps the old kernel serving", () =>
  using(
    {
      "micro.config.ts": config('"services/*.ts"'),
      "plugins/answer.ts": answering("!"),
      "services/a.ts": sayer("a", "one"),
    },
    async (project) => {
      await project.start({ hasConfig: true });
      const first = project.host.kernel;
      await project.write("micro.config.ts", "export default {");
      const failed = await project.event("failed");
      assert.is(failed.phase, "config");
      assert.is(failed.file, project.path("micro.config.ts"));
      await project.answers("a", "one!");

      const broken = ', definePlugin({ name: "bad", setup() { throw new Error("no setup"); } })';
      await project.write("micro.config.ts", config('"services/*.ts"', broken));
      await project.event("failed", ({ message }) => message.includes("no setup"));
      assert.ok(project.host.kernel === first);
      await project.answers("a", "one!");

      await project.write("micro.config.ts", config('"services/*.ts"'));
      await project.event("recovered");
      assert.ok(project.host.kernel === first);
      await project.write("plugins/answer.ts", answering("?"));
      await project.answers("a", "one?");
    },
  ));

test("a change of .env reaches services, packages and the kernel, and real variables go before it", () =>
  using(
    {
      ".env": "MICRO_DEV_TEST_A=one\nMICRO_DEV_TEST_B=file\nMICRO_SERVER_VERSION=1.2.3\n",
      "services/a.ts": `import { defineService } from "@micro/kernel";
const a = process.env.MICRO_DEV_TEST_A;
export default defineService({ name: "a", handlers: { Say: { Hello: () => ({ msg: a + process.env.MICRO_DEV_TEST_B }) } } });`,
    },
    async (project) => {
      process.env.MICRO_DEV_TEST_B = "real";
      try {
        await project.start({ env: { MICRO_DEV_TEST_B: "real" } });
        await project.answers("a", "onereal");
        assert.is(project.host.services[0]?.version, "1.2.3");

        await project.write(".env", "MICRO_DEV_TEST_A=two\nMICRO_SERVER_VERSION=1.2.4\n");
        await project.answers("a", "tworeal");
        assert.is(project.host.services[0]?.version, "1.2.4");
        await project.host.close();
        assert.is(process.env.MICRO_DEV_TEST_A, undefined);
      } finally {
        delete process.env.MICRO_DEV_TEST_B;
      }
    },
  ));

test("a fixed port passes from the old kernel to the new one", () =>
  using({ ".env": "A=1\n", "services/a.ts": sayer("a", "one") }, async (project) => {
    await project.start();
    const port = Number(project.host.services[0]?.address.split(":")[1]);
    await project.host.close();
    const flags = { server_address: `127.0.0.1:${port}`, server_id: "fixed" };
    await project.start({ flags });
    await project.answers("a", "one");

    await project.write(".env", "A=2\n");
    await project.event("restarted");
    await project.answers("a", "one");
    assert.is(project.host.services[0]?.address, `127.0.0.1:${port}`);
    assert.equal(project.all("failed"), []);

    await project.write("services/a.ts", sayer("b", "renamed"));
    await project.answers("b", "renamed");
    assert.is(project.host.services[0]?.address, `127.0.0.1:${port}`);
  }));

test("a lockfile restarts when its text changes, a comment in the config does not", () =>
  using(
    {
      "micro.config.ts": config('"services/*.ts"'),
      "plugins/answer.ts": answering(""),
      "package.json": "{}",
      "services/a.ts": sayer("a", "one"),
    },
    async (project) => {
      await project.start({ hasConfig: true });
      await project.write("micro.config.ts", `${config('"services/*.ts"')}\n// more`);
      await sleep(150);
      assert.equal(project.all("restarted"), []);
      await project.write("package.json", '{ "name": "x" }');
      assert.is((await project.event("restarted")).reason, "package.json");
      await project.answers("a", "one");
    },
  ));

test.run();
