import { within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { evaluate } from "../src/graph/evaluate.ts";
import { GuestScope } from "../src/graph/guest-scope.ts";
import { ModuleGraph } from "../src/graph/module-graph.ts";
import { frameOf, mapStackTraces } from "../src/graph/stack-traces.ts";
import { Project } from "./support/project.ts";

const test = suite("the module graph");

type Exports = Record<string, unknown> & { default?: unknown };

async function using(
  files: Readonly<Record<string, string>>,
  run: (tools: { project: Project; graph: ModuleGraph; load: () => Promise<Exports> }) => Promise<void>,
): Promise<void> {
  const project = await Project.create(files);
  const graph = new ModuleGraph();
  const load = async () => {
    const snapshot = await graph.load(project.path("main.ts"));
    if (snapshot.failure !== undefined) throw snapshot.failure;
    await graph.loadExternals(snapshot);
    const scope = new GuestScope({ display: (file) => file, isOwn: () => true, onExit: () => {} });
    return evaluate(graph, snapshot, scope) as Exports;
  };
  try {
    await within(15_000, "the test", run({ project, graph, load }));
  } finally {
    await project.close();
  }
}

test("files are found as written, with .ts for .js, without an ending and as an index", () =>
  using(
    {
      "main.ts": `import { a } from "./a.ts"; import { b } from "./b.js"; import { c } from "./c"; import { d } from "./d";
import e from "./e.json"; import f from "./f.cjs"; export default [a, b, c, d, e.x, f.y];`,
      "a.ts": "export const a: number = 1;",
      "b.ts": "export const b: number = 2;",
      "c.ts": "export const c: number = 3;",
      "d/index.ts": "export const d: number = 4;",
      "e.json": '{"x": 5}',
      "f.cjs": "module.exports = { y: require('./g.cjs') + require('node:path').sep.length };",
      "g.cjs": "module.exports = 5;",
    },
    async ({ load }) => {
      assert.equal((await load()).default, [1, 2, 3, 4, 5, 6]);
    },
  ));

test("modules that import each other see what the other has so far", () =>
  using(
    {
      "main.ts": `import { even } from "./even.ts"; export default even(10);`,
      "even.ts": `import { odd } from "./odd.ts"; export function even(n: number): boolean { return n === 0 || odd(n - 1); }`,
      "odd.ts": `import { even } from "./even.ts"; export function odd(n: number): boolean { return n !== 0 && even(n - 1); }`,
    },
    async ({ load }) => {
      assert.is((await load()).default, true);
    },
  ));

test("every evaluation has instances of its own, and exports stay live", () =>
  using(
    {
      "main.ts": `export { count, increment } from "./counter.ts";`,
      "counter.ts": "export let count = 0; export function increment() { count++; }",
    },
    async ({ load }) => {
      const one = await load();
      const two = await load();
      (one.increment as () => void)();
      assert.is(one.count, 1);
      assert.is(two.count, 0);
    },
  ));

test("import.meta is that of the source file", () =>
  using(
    { "main.ts": `export default import.meta; export const next = import.meta.resolve("./next.ts");` },
    async ({ project, load }) => {
      const { default: meta, next } = (await load()) as { default: ImportMeta; next: string };
      assert.is(meta.url, `file://${project.path("main.ts")}`);
      assert.is(meta.filename, project.path("main.ts"));
      assert.is(meta.dirname, project.root);
      assert.is(next, `file://${project.path("next.ts")}`);
    },
  ));

test("import() loads files of the graph, computed ones too, and packages", () =>
  using(
    {
      "main.ts": `const name = "two";
export default async () => [(await import("./one.ts")).one, (await import(\`./\${name}.ts\`)).two,
  typeof (await import("@micro/kernel")).startKernel, (await import("./data.json")).default.x,
  await import("./nothing.ts").catch((error: Error) => error.message)];`,
      "one.ts": "export const one = 1;",
      "two.ts": "export const two = 2;",
      "data.json": '{"x": 3}',
    },
    async ({ load }) => {
      const run = (await load()).default as () => Promise<unknown[]>;
      const [one, two, type, three, message] = await run();
      assert.equal([one, two, type, three], [1, 2, "function", 3]);
      assert.match(String(message), "nothing.ts");
    },
  ));

test("packages are those of the host, whether they are ES modules or CommonJS", () =>
  using(
    {
      "main.ts": `import * as kernel from "@micro/kernel"; import Uvu, { suite } from "uvu"; import tapable, { SyncHook } from "tapable";
import { readFileSync } from "node:fs"; import fs from "node:fs";
export default { start: kernel.startKernel, suite, SyncHook, same: tapable.SyncHook === SyncHook, read: readFileSync === fs.readFileSync, Uvu };`,
    },
    async ({ load }) => {
      const found = (await load()).default as Record<string, unknown>;
      assert.is(found.start, (await import("@micro/kernel")).startKernel);
      assert.is(found.suite, suite);
      assert.is(found.SyncHook, (await import("tapable")).SyncHook);
      assert.is(found.same, true);
      assert.is(found.read, true);
    },
  ));

test("a package that does not load is an error where it is required, and no earlier", () =>
  using(
    {
      "main.ts": `let lazy: (() => unknown) | undefined;
export default async () => import("no-such-package");`,
      "eager.ts": `import x from "no-such-package"; export default x;`,
    },
    async ({ project, graph, load }) => {
      const run = (await load()).default as () => Promise<unknown>;
      const error = await run().catch((reason: NodeJS.ErrnoException) => reason);
      assert.is((error as NodeJS.ErrnoException).code, "ERR_MODULE_NOT_FOUND");

      await project.write("main.ts", `export * from "./eager.ts"`);
      graph.invalidate([project.path("main.ts")]);
      const second = await load().catch((reason: Error) => reason);
      assert.match((second as Error).message, "no-such-package");
    },
  ));

test("an import that leads nowhere fails with its line, and a file that appears is found", () =>
  using({ "main.ts": `\nimport { a } from "./a.ts";\nexport default a;` }, async ({ project, graph, load }) => {
    const snapshot = await graph.load(project.path("main.ts"));
    assert.match(snapshot.failure?.message ?? "", '"./a.ts"');
    assert.is(snapshot.failure?.frame?.line, 2);
    assert.is(snapshot.failure?.frame?.column, 19);
    assert.ok(snapshot.missing.has(project.path("a.ts")));

    await project.write("a.ts", "export const a = 1;");
    graph.invalidate([project.path("a.ts")]);
    assert.is((await load()).default, 1);

    await project.delete("a.ts");
    graph.invalidate([project.path("a.ts")]);
    assert.match((await graph.load(project.path("main.ts"))).failure?.message ?? "", '"./a.ts"');
  }));

test("stacks and frames show the lines of the source", async () => {
  const undo = mapStackTraces();
  try {
    await using(
      {
        "main.ts": `interface Ignored {\n  a: string;\n}\nimport { boom } from "./boom.ts";\nexport default () => boom();\n`,
        "boom.ts": `type T = {\n  x: 1;\n};\n\nexport function boom(): never {\n  throw new TypeError("boom");\n}\n`,
      },
      async ({ project, load }) => {
        const run = (await load()).default as () => void;
        const error = catchError(run);
        assert.match(error.stack ?? "", `${project.path("boom.ts")}:6:9`);
        assert.match(error.stack ?? "", `${project.path("main.ts")}:5:22`);
        assert.match(error.stack ?? "", /^TypeError: boom\n/);
        const frame = frameOf(error, (file) => file.startsWith(project.root));
        assert.is(frame?.line, 6);
        assert.match(frame?.excerpt ?? "", '> 6 |   throw new TypeError("boom");');
      },
    );
  } finally {
    undo();
  }
});

test("names of the file's own may be those that a guest is given", () =>
  using(
    {
      "main.ts": `import { fileURLToPath } from "node:url"; import { createRequire } from "node:module"; import { dirname } from "node:path";
const __filename = fileURLToPath(import.meta.url); const __dirname = dirname(__filename); const require = createRequire(import.meta.url);
const process = { own: true }; const setTimeout = 1;
export default [__filename, __dirname, typeof require.resolve, process.own, setTimeout];`,
    },
    async ({ project, load }) => {
      assert.equal((await load()).default, [project.path("main.ts"), project.root, "function", true, 1]);
    },
  ));

test("an ES module is strict, and this is undefined", () =>
  using({ "main.ts": "export default [(function () { return this; })(), typeof this];" }, async ({ load }) => {
    assert.equal((await load()).default, [undefined, "undefined"]);
  }));

test("top-level await is found, and what such a file imports too", () =>
  using(
    {
      "main.ts": `import { a } from "./a.ts";\nexport default await Promise.resolve(a);`,
      "a.ts": "export const a = 1;",
    },
    async ({ project, graph }) => {
      const snapshot = await graph.load(project.path("main.ts"));
      assert.is(snapshot.failure, undefined);
      assert.match(snapshot.topLevelAwait ?? "", "top-level await in line 2");
      assert.ok(snapshot.modules.has(project.path("a.ts")));
    },
  ));

test("only a file that changed is transformed again, and equal code is the same code", () =>
  using(
    { "main.ts": `import { a } from "./a.ts"; export default a;`, "a.ts": "export const a = 1;" },
    async ({ project, graph }) => {
      const main = project.path("main.ts");
      const first = await graph.load(main);
      await project.write("a.ts", "// more\nexport const a = 1;");
      graph.invalidate([project.path("a.ts")]);
      const second = await graph.load(main);
      assert.is(second.digest, first.digest);
      assert.is(second.modules.get(main)?.code, first.modules.get(main)?.code);

      await project.write("a.ts", "export const a = 2;");
      assert.equal(await graph.findStale(), [project.path("a.ts")]);
      graph.invalidate([project.path("a.ts")]);
      const third = await graph.load(main);
      assert.is.not(third.digest, first.digest);
      assert.is(third.modules.get(main)?.code, first.modules.get(main)?.code);
    },
  ));

function catchError(run: () => void): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error("it did not throw");
}

test.run();
