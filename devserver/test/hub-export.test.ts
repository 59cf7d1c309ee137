import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { codecProtoRpc } from "@micro/codec-proto-rpc";
import { eventually, within } from "@micro/kernel/testing";
import { standard } from "@micro/standard";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { exportCall } from "../src/hub/export-call.ts";
import type { ExportedTest } from "../src/hub/protocol.ts";
import { CapturedCall } from "../src/observe/captured-call.ts";
import { Observer } from "../src/observe/index.ts";
import { Project } from "./support/project.ts";
import { Remote } from "./support/remote.ts";

const test = suite("a captured call as a test");
const loader = fileURLToPath(new URL("../../scripts/ts.mjs", import.meta.url));

interface Exporting {
  readonly project: Project;
  readonly observer: Observer;
  /** Calls a method and makes a test of that, which is written where it says. */
  exported(service: string, method: string, input?: unknown): Promise<ExportedTest>;
}

async function withProject(
  files: Readonly<Record<string, string>>,
  run: (exporting: Exporting) => Promise<void>,
): Promise<void> {
  const observer = new Observer();
  const project = await Project.create({ "package.json": '{"type":"module"}', ...files });
  try {
    const plugins = [standard(), codecProtoRpc(), observer.plugin()];
    const host = await project.start({ config: { services: ["services/*.ts"], plugins } });
    const exported = async (service: string, method: string, input?: unknown): Promise<ExportedTest> => {
      await host.kernel.client.call(service, method, input).catch(() => {});
      const call = [...observer.calls.values()].findLast((one) => one.method === method) as CapturedCall;
      const made = exportCall(host, observer, call);
      await project.write(made.file, made.text);
      return made;
    };
    await run({ project, observer, exported });
  } finally {
    observer.close();
    await within(15_000, "closing the project", project.close());
  }
}

/** Runs the tests of a project as its `npm test` does. */
async function runTests(project: Project): Promise<{ readonly code: number | null; readonly output: string }> {
  const args = ["--enable-source-maps", "--import", loader, project.path("node_modules/uvu/bin.js"), "test"];
  const child = spawn(process.execPath, args, { cwd: project.root, timeout: 60_000 });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += String(text)));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}

async function pass(project: Project, ...tests: readonly ExportedTest[]): Promise<void> {
  const { code, output } = await runTests(project);
  const isDone = code === 0 && new RegExp(`Passed: +${tests.length}\\b`).test(output);
  assert.ok(isDone, `${output}\n${tests.map(({ text }) => text).join("\n")}`);
}

const greeter = (more: string) => `import { badRequest, defineService } from "@micro/kernel";
export default defineService({ name: "go.micro.srv.greeter", handlers: { Say: { ${more} } } });
`;

test("it passes while the service answers the same, and fails when it does not", async () => {
  const hello = (word: string) =>
    greeter(`Hello: ({ name = "you" } = {}) => ({ msg: "${word} " + name, at: new Date(0) })`);
  await withProject({ "services/greeter.ts": hello("Hello") }, async ({ project, exported }) => {
    const made = await exported("go.micro.srv.greeter", "Say.Hello", { name: "John" });
    assert.match(made.file, /^test\/say-hello-[a-z0-9-]+\.test\.ts$/);
    await pass(project, made, await exported("go.micro.srv.greeter", "Say.Hello"));

    await project.write("services/greeter.ts", hello("Howdy"));
    const { code, output } = await runTests(project);
    assert.is(code, 1);
    // Its diff has dots for spaces.
    assert.match(output, /Howdy.John/);
  });
});

test("of a call that failed it expects the error", async () => {
  const fails = (why: string) => greeter(`Hello: () => { throw badRequest("x", ${JSON.stringify(why)}); }`);
  await withProject({ "services/greeter.ts": fails("too cold") }, async ({ project, exported }) => {
    const made = await exported("go.micro.srv.greeter", "Say.Hello", {});
    assert.match(made.text, '"code": 400');
    await pass(project, made);

    await project.write("services/greeter.ts", fails("too hot"));
    assert.match((await runTests(project)).output, /too.hot/);
    await project.write("services/greeter.ts", greeter("Hello: () => ({})"));
    assert.match((await runTests(project)).output, "it answered");
  });
});

test("services of the project that it called are served too, and what answers nothing answers {}", async () => {
  const files = {
    "services/a 1%.ts": `import { defineService } from "@micro/kernel";
export default defineService({ name: "a", handlers: { A: {
  One: async (input, { client }) => ({ ...(await client.call("b", "B.Two", input)), a: 1 }),
} } });`,
    "services/b.ts": `import { defineService } from "@micro/kernel";
export default defineService({ name: "b", handlers: { B: {
  Two: async (input, { client }) => { await client.call("c", "C.None"); return { b: 2 }; },
} } });`,
    "services/c.ts": `import { defineService } from "@micro/kernel";
export default defineService({ name: "c", handlers: { C: { None: () => {} } } });`,
  };
  await withProject(files, async ({ project, exported }) => {
    const made = await exported("a", "A.One", {});
    assert.match(made.text, '"../services/a%201%25.ts"');
    assert.match(made.text, "kernel.serve(service3)");
    await pass(project, made, await exported("c", "C.None"));
  });
});

test("names and values are literals, whatever is in them", async () => {
  const evil = `"\`$\{process.exit(7)}\`\\'*/</script>\u0000\u001b[2J\u2028\u2029\u202e\ud800\u{e0041}\u00ad`;
  const service = `import { defineService } from "@micro/kernel";
export default { name: "a", handlers: { Say: { ${JSON.stringify(evil)}: (input) => ({ input, keys: Object.keys(input) }) } } };
`;
  await withProject({ "services/a.ts": service }, async ({ project, exported }) => {
    const input = JSON.parse(`{"__proto__":{"polluted":true},"constructor":1,"x":${JSON.stringify(evil)}}`) as unknown;
    const made = await exported("a", `Say.${evil}`, input);
    assert.match(made.file, /^test\/[a-z0-9-]+\.test\.ts$/);
    assert.not.match(made.text.replaceAll("\n", ""), /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);

    const plain = await exported("a", `Say.${evil}`, { x: evil });
    assert.not.match(plain.text, "JSON.parse");
    await pass(project, made, plain);
  });
});

test("a call that came from elsewhere with a schema is written as JSON has it", async () => {
  const gen = readFileSync(new URL("../../playground/greeter/gen/greeter_pb.ts", import.meta.url), "utf8");
  const service = `import { defineService, method } from "@micro/kernel";
import { RequestSchema, ResponseSchema } from "../gen/greeter_pb.ts";
export default defineService({ name: "a", handlers: { Say: {
  Hello: method({ input: RequestSchema, output: ResponseSchema }, async ({ name, delayMs }) => ({ msg: name + delayMs })),
} } });
`;
  const files = { "services/a.ts": service, "gen/greeter_pb.ts": gen };
  await withProject(files, async ({ project, observer }) => {
    const remote = await Remote.start(project);
    await remote.call("a", "Say.Hello", { name: "John", delay_ms: 5 });
    await remote.close();
    await eventually(5000, "the call", () => [...observer.calls.values()].length === 1);
    const [call] = observer.calls.values();
    assert.equal(
      [call?.caller, call?.request?.text, call?.response?.text],
      ["outside", '{"name":"John","delay_ms":5}', '{"msg":"John5"}'],
    );

    const made = exportCall(project.host, observer, call as CapturedCall);
    await project.write(made.file, made.text);
    assert.match(made.text, "codecProtoRpc()");
    await pass(project, made);
  });
});

test("what is not known whole, or not the project's, makes no test", async () => {
  const files = { "services/greeter.ts": greeter("Hello: (input) => input, async *Count() {}") };
  await withProject(files, async ({ project, observer }) => {
    const { host } = project;
    const head = { id: "1", trace: "1", parent: undefined, caller: "outside", method: "Say.Hello" };
    const refusal = (
      changes: { kind?: "call" | "stream"; service?: string; request?: unknown; answer?: unknown; error?: Error } = {},
    ): string => {
      const { kind = "call", service = "go.micro.srv.greeter", request = {}, answer, error } = changes;
      const call = new CapturedCall({ ...head, kind, service }, {}, request);
      if (error === undefined) call.answered(answer);
      else call.failed(error, undefined);
      try {
        exportCall(host, observer, call);
      } catch (thrown) {
        const { code, detail } = thrown as { code: number; detail: string };
        return `${code} ${detail}`;
      }
      return "";
    };
    const long = "x".repeat(5000);
    assert.is(refusal(), "");
    assert.is(refusal({ kind: "stream" }), "400 only calls with one answer can become a test");
    assert.is(refusal({ request: long }), "400 its request is too long to have been kept whole");
    assert.is(refusal({ answer: long }), "400 its answer is too long to have been kept whole");
    assert.is(
      refusal({ answer: { password: "x" } }),
      "400 secrets were left out of its answer: call with them instead",
    );
    assert.is(refusal({ request: { n: 2n ** 64n } }), "400 its request has numbers that are not exact in JSON");
    const circle: Record<string, unknown> = {};
    circle.again = circle;
    assert.is(refusal({ answer: circle }), "400 its answer is no JSON all through");
    assert.is(refusal({ error: new Error(long) }), "400 its error is too long to have been kept whole");
    for (const service of ["other", "__proto__", long]) {
      assert.is(refusal({ service }), "404 this project has no such service");
    }
  });
});

test.run();
