import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { eventually, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Project, sayer } from "./support/project.ts";

const test = suite("swapping a service");
const exec = promisify(execFile);

async function using(files: Readonly<Record<string, string>>, run: (project: Project) => Promise<void>): Promise<void> {
  const project = await Project.create(files);
  try {
    await run(project);
  } finally {
    await within(15_000, "closing the project", project.close());
  }
}

test("a save in place is answered by new code, and the registry hears nothing of it", () =>
  using({ "services/a.ts": sayer("a", "one") }, async (project) => {
    const { services, files } = await project.start();
    await project.answers("a", "one");
    assert.is(services.length, 1);
    assert.equal([...files], [project.path("services/a.ts")]);

    await project.write("services/a.ts", sayer("a", "two"));
    await project.answers("a", "two");

    const swapped = await project.event("swapped");
    assert.is(swapped.revision, 1);
    assert.is(swapped.announced, false);
    assert.equal(swapped.files, [project.path("services/a.ts")]);
    assert.ok(swapped.totalMs > 0 && swapped.transformMs <= swapped.totalMs);
    assert.equal((await project.event("drained")).leaks, []);
    assert.equal(project.all("failed"), []);
  }));

test("what changed beside it is not named as a cause", () =>
  using({ "services/a.ts": sayer("a", "0") }, async (project) => {
    await project.start();
    await Promise.all([
      project.write("services/a.ts", sayer("a", "1")),
      project.write("services/notes.txt", "x"),
      project.write("notes.txt", "x"),
    ]);
    await project.answers("a", "1");
    assert.equal((await project.event("swapped")).files, [project.path("services/a.ts")]);
  }));

test("a save by renaming is seen, again and again", () =>
  using({ "services/a.ts": sayer("a", "0") }, async (project) => {
    await project.start();
    for (let n = 1; n <= 5; n++) {
      await project.replace("services/a.ts", sayer("a", String(n)));
      await project.answers("a", String(n));
    }
  }));

test("two saves within a moment end with the second", () =>
  using({ "services/a.ts": sayer("a", "0") }, async (project) => {
    await project.start();
    for (let n = 1; n <= 5; n++) {
      await project.write("services/a.ts", sayer("a", `${n} unformatted`));
      await sleep(15);
      await project.write("services/a.ts", sayer("a", `${n}`));
      await project.answers("a", `${n}`);
    }
  }));

test("two files saved together make one swap", () =>
  using(
    {
      "services/a.ts": `import { x } from "../lib/x.ts"; import { y } from "../lib/y.ts";
import { defineService } from "@micro/kernel";
export default defineService({ name: "a", handlers: { Say: { Hello: () => ({ msg: x + y }) } } });`,
      "lib/x.ts": `export const x: string = "1";`,
      "lib/y.ts": `export const y: string = "1";`,
    },
    async (project) => {
      await project.start();
      await project.answers("a", "11");
      await Promise.all([
        project.write("lib/x.ts", `export const x: string = "2";`),
        project.write("lib/y.ts", `export const y: string = "2";`),
      ]);
      await project.answers("a", "22");
      await sleep(150);
      assert.is(project.all("swapped").length, 1);
      assert.is(project.host.files.size, 3);
    },
  ));

test("a checkout of many files is not a swap for each of them", () =>
  using(Object.fromEntries(many(30, "one")), async (project) => {
    const git = (...args: string[]) =>
      exec("git", ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false", ...args], {
        cwd: project.root,
      });
    await git("init", "-q", "-b", "main");
    await git("add", "services", "lib");
    await git("commit", "-qm", "one");
    await git("checkout", "-qb", "other");
    for (const [file, text] of many(30, "two")) await project.write(file, text);
    await git("commit", "-qam", "two");
    await git("checkout", "-q", "main");
    await project.start();
    await project.answers("a", "one".repeat(30));

    await git("checkout", "-q", "other");
    await project.answers("a", "two".repeat(30));
    await project.answers("b", "two".repeat(30));
    await sleep(200);
    const swapped = project.all("swapped").map(({ service }) => service);
    assert.equal([...new Set(swapped)].sort(), ["a", "b"]);
    // One for each. A machine that is busy may take so long for the checkout that it comes in two or three parts.
    assert.ok(swapped.length <= 6, `${swapped.length} swaps for 30 files`);
    assert.equal(project.all("failed"), []);
  }));

test("no call fails and none is stale while code changes, breaks and is mended", () =>
  using({ "services/a.ts": sayer("a", "0") }, async (project) => {
    await project.start({ startLimitMs: 150 });
    let sent = 0;
    let running = true;
    const failures: unknown[] = [];
    let settled = "0";
    const stale: string[] = [];
    const load = (async () => {
      while (running) {
        const atLeast = Number(settled);
        sent++;
        try {
          const { msg } = await project.call<{ msg: string }>("a", "Say.Hello");
          if (Number(msg) < atLeast) stale.push(`${msg} after ${atLeast}`);
        } catch (error) {
          failures.push(error);
        }
        await sleep(4);
      }
    })();
    const broken = [
      "export default {",
      sayer("a", "-1", 'throw new Error("no");'),
      sayer("a", "-2").replace("handlers:", "start: () => new Promise<void>(() => {}),\n  handlers:"),
      sayer("a", "-3", 'import "./nothing.ts";'),
    ];
    for (let n = 1; n <= 46; n++) {
      await (n % 2 === 0 ? project.write : project.replace).call(project, "services/a.ts", sayer("a", String(n)));
      await project.answers("a", String(n));
      settled = String(n);
      if (n % 11 !== 0) continue;
      const before = project.all("failed").length;
      await project.write("services/a.ts", broken[n / 11 - 1] ?? "");
      await eventually(5000, "the failure", () => project.all("failed").length === before + 1);
    }
    running = false;
    await load;
    assert.equal(failures, []);
    assert.equal(stale, []);
    assert.ok(sent > 50);
    assert.is(project.all("failed").length, 4);
    assert.is(project.all("recovered").length, 4);
    assert.is(project.host.services[0]?.failure, undefined);
  }));

test("a call finishes on the code that took it, and the limit calls off what does not end", () =>
  using(
    {
      "services/a.ts": slow("one"),
    },
    async (project) => {
      await project.start({ drainLimitMs: 300 });
      const begun = project.call<{ msg: string }>("a", "Say.Wait");
      const stuck = project.call("a", "Say.Stuck").then(
        () => "answered",
        (error: Error) => error.message,
      );
      await eventually(
        2000,
        "both are under way",
        async () => (await project.call<{ n: number }>("a", "Say.Running")).n === 2,
      );

      await project.write("services/a.ts", slow("two"));
      await project.event("swapped");
      assert.is((await project.call<{ msg: string }>("a", "Say.Hello")).msg, "two");
      assert.is((await begun).msg, "one");
      assert.match(await stuck, /stopped before the call ended/);
      assert.is((await project.event("swapped")).inFlight, 2);
      assert.is((await project.event("drained")).dropped, 1);
    },
  ));

test("state passes from one version to the next", () =>
  using({ "services/a.ts": counting("one") }, async (project) => {
    await project.start();
    await project.call("a", "Say.Hello");
    await project.call("a", "Say.Hello");

    await project.write("services/a.ts", counting("two"));
    await project.event("swapped");
    assert.is((await project.call<{ msg: string }>("a", "Say.Hello")).msg, "two 3");

    await project.write("services/a.ts", counting("three", 'throw new Error("not this");'));
    await project.answers("a", "three 1");
    assert.match((await project.event("log", ({ level }) => level === "warn")).text, "not this");
  }));

test("output that did not change swaps nothing", () =>
  using({ "services/a.ts": sayer("a", "one") }, async (project) => {
    await project.start();
    await project.write("services/a.ts", `${sayer("a", "one")}// a comment\n`);
    await sleep(120);
    assert.equal(project.all("swapped"), []);
    await project.host.reload("a");
    assert.is(project.all("swapped").length, 1);
  }));

test("a file that a computed import loaded is watched too", () =>
  using(
    {
      "services/a.ts": `import { defineService } from "@micro/kernel";
const language = "en";
const { text } = { text: import(\`./\${language}/text.ts\`) };
export default defineService({ name: "a", handlers: { Say: { Hello: async () => ({ msg: (await text).text }) } } });`,
      "services/en/text.ts": `export const text: string = "one";`,
    },
    async (project) => {
      await project.start();
      await project.answers("a", "one");
      await sleep(1800);
      await project.write("services/en/text.ts", `export const text: string = "two";`);
      await project.answers("a", "two");
    },
  ));

test("a change of what the service offers is announced", () =>
  using({ "services/a.ts": sayer("a", "one") }, async (project) => {
    await project.start();
    const endpoints = async () => {
      const [record] = await project.host.kernel.get("registry").getService("a");
      return record?.endpoints.map(({ name }) => name);
    };
    assert.equal(await endpoints(), ["Say.Hello"]);

    await project.write("services/a.ts", sayer("a", "two").replace("Say: {", "Say: { More: () => ({}), "));
    assert.is((await project.event("swapped")).announced, true);
    assert.equal(await endpoints(), ["Say.More", "Say.Hello"]);
  }));

test("new files are served, deleted ones are not, and a renamed service is another", () =>
  using({ "services/a.ts": sayer("a", "one") }, async (project) => {
    await project.start();
    await project.write("services/b.ts", sayer("b", "new"));
    await project.answers("b", "new");
    assert.is((await project.event("started", ({ service }) => service === "b")).file, project.path("services/b.ts"));

    await project.delete("services/b.ts");
    await project.event("removed", ({ service }) => service === "b");
    await eventually(5000, "it is gone", () => project.host.kernel.services.length === 1);
    assert.not.ok(project.events.recent.some(({ type }) => type === "failed"));

    await project.write("services/a.ts", sayer("c", "renamed"));
    await project.answers("c", "renamed");
    await project.event("removed", ({ service }) => service === "a");
    assert.equal(
      project.host.services.map(({ name }) => name),
      ["c"],
    );
  }));

test("two files with one name fail with both files, and the second takes over when the first goes", () =>
  using({ "services/a.ts": sayer("a", "one") }, async (project) => {
    await project.start();
    await project.write("services/b.ts", sayer("a", "two"));
    const { message } = await project.event("failed");
    assert.match(message, 'services/a.ts and services/b.ts both serve "a"');
    await project.delete("services/a.ts");
    await project.answers("a", "two");
    await project.event("recovered");
  }));

test("a service that is broken from the beginning leaves the others alone and comes when it is mended", () =>
  using(
    {
      "services/a.ts": sayer("a", "one"),
      "services/b.ts": `import { z } from "../lib/z.ts"; ${sayer("b", "x")}console.log(z);`,
    },
    async (project) => {
      await project.start();
      await project.answers("a", "one");
      const failed = await project.event("failed");
      assert.is(failed.phase, "build");
      assert.is(failed.file, project.path("services/b.ts"));
      assert.match(failed.message, '"../lib/z.ts"');
      assert.is(failed.frame?.line, 1);
      assert.ok(project.host.services.find(({ file }) => file.endsWith("b.ts"))?.failure);

      await project.write("lib/z.ts", "export const z = 1;");
      await project.answers("b", "x");
      await project.event("recovered");
    },
  ));

test("the same mistake is told once, and an error has the line of the source", () =>
  using({ "services/a.ts": sayer("a", "one") }, async (project) => {
    await project.start();
    const broken = "interface X {\n  a: string;\n}\nconst x: X = { a: 1 ;\nexport default x;\n";
    await project.write("services/a.ts", broken);
    const failed = await project.event("failed");
    assert.is(failed.frame?.line, 4);
    assert.match(failed.frame?.excerpt ?? "", /> 4 \| const x: X = \{ a: 1 ;\n.*\^/);

    await project.write("services/a.ts", `${broken}\n`);
    await sleep(100);
    assert.is(project.all("failed").length, 1);
    assert.is((await project.call<{ msg: string }>("a", "Say.Hello")).msg, "one");

    await project.write("services/a.ts", sayer("a", "one"));
    await project.event("recovered");
    assert.equal(project.all("swapped"), []);
  }));

function many(count: number, text: string): [string, string][] {
  const numbers = Array.from({ length: count }, (_, n) => n);
  const imports = numbers.map((n) => `import { x${n} } from "../lib/x${n}.ts";`).join("\n");
  const sum = numbers.map((n) => `x${n}`).join(" + ");
  const service = (name: string) => `import { defineService } from "@micro/kernel";
${imports}
export default defineService({ name: "${name}", handlers: { Say: { Hello: () => ({ msg: ${sum} }) } } });`;
  return [
    ["services/a.ts", service("a")],
    ["services/b.ts", service("b")],
    ...numbers.map((n): [string, string] => [`lib/x${n}.ts`, `export const x${n}: string = "${text}";`]),
  ];
}

function slow(text: string): string {
  return `import { defineService } from "@micro/kernel";
let running = 0;
export default defineService({ name: "a", handlers: { Say: {
  Hello: () => ({ msg: "${text}" }),
  Running: () => ({ n: running }),
  Wait: async () => { running++; await new Promise((resolve) => setTimeout(resolve, 250)); return { msg: "${text}" }; },
  Stuck: async (_: unknown, { signal }) => { running++; await new Promise((resolve) => signal.addEventListener("abort", resolve)); return {}; },
} } });`;
}

function counting(text: string, onAccept = "count = data.count;"): string {
  return `import { defineService } from "@micro/kernel";
let count = 0;
export const hot = { handover: () => ({ count }), accept(data: { count: number }) { ${onAccept} } };
export default defineService({ name: "a", handlers: { Say: { Hello: () => ({ msg: "${text} " + ++count }) } } });`;
}

test.run();
