import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Failure } from "../src/failure.ts";
import { findConfig, loadConfig } from "../src/load-config.ts";
import { createProject, type Project } from "./support/project.ts";

let project: Project;
const test = suite("config files");
test.before.each(() => {
  project = createProject();
});
test.after.each(() => project.remove());

test("a config may be TypeScript or JavaScript, the first of its names counts", () => {
  assert.is(findConfig(project.folder), undefined);

  const last = project.write("micro.config.mjs", "");
  assert.is(findConfig(project.folder), last);
  const first = project.write("micro.config.ts", "");
  assert.is(findConfig(project.folder), first);
});

test("a file exports a config, or a function that makes one", async () => {
  const object = "export default { services: ['a.ts'] as const satisfies readonly string[] }";
  const later = "export default async () => ({ local: 'encode' })";

  assert.equal(await load(object), { services: ["a.ts"] });
  assert.equal(await load(later), { local: "encode" });
});

test("a file that throws is named, with the place in it", async () => {
  const failure = await failureOf("\nthrow new Error('no luck');");

  assert.instance(failure, Failure);
  assert.match(failure.message, /micro\.config\.ts could not be loaded\nError: no luck\n.*micro\.config\.ts:2/s);
});

test("a function that throws is named too, whatever it throws", async () => {
  assert.match((await failureOf("export default () => { throw 'a text'; }")).message, /could not be loaded\na text/);
});

test("a file that is no TypeScript is shown with line and column", async () => {
  assert.match((await failureOf("export default {\n  plugins: [,,\n")).message, /micro\.config\.ts:\d+:\d+/);
});

test("a file that never finishes loading is given up", async () => {
  const never = "await new Promise(() => {}); export default {};";

  assert.match((await failureOf(never, 50)).message, /did not finish loading within 0.05 s/);
  assert.match((await failureOf("export default () => new Promise(() => {});", 50)).message, /did not finish/);
});

test("a file that exports no config says what to write", async () => {
  for (const source of [
    "export const config = {};",
    "export default 5;",
    "export default () => () => ({});",
    "export default []",
  ]) {
    const failure = await failureOf(source);
    assert.instance(failure, Failure);
    assert.match(failure.message, /exports no config; write: export default defineConfig/);
  }
});

test("a member that no config has is refused, with the nearest one", async () => {
  const failure = await failureOf("// plugin: none\nexport default {\n  plugin: [],\n};");

  assert.match(failure.message, /micro\.config\.ts:3: a config has no "plugin"; did you mean "plugins"\?/);
  assert.is((failure as { code?: string }).code, "usage");
  assert.match((await failureOf(`export default JSON.parse('{"__proto__": {}}');`)).message, /no "__proto__"/);
});

test("a member that stands in no line of the file is refused with the file alone", async () => {
  assert.match(
    (await failureOf("export default { ['plug' + 'in']: [] };")).message,
    /micro\.config\.ts: a config has no/,
  );
});

test("a member of the wrong kind is refused", async () => {
  const cases = [
    ["plugins: 5", /"plugins" must be a list/],
    ["services: 'a.ts'", /"services" must be a list/],
    ["use: 'consul'", /"use" must be an object/],
    ["settings: null", /"settings" must be an object/],
    ["local: 'yes'", /"local" must be "reference", "encode" or false/],
    ["plugins: [[function pool() {}]]", /call the plugin: pool\(\)/],
    ["plugins: [{}]", /something that is no plugin/],
  ] as const;
  for (const [member, message] of cases) {
    assert.match((await failureOf(`export default { ${member} };`)).message, message);
  }
});

test("falsy plugins and nested lists are fine", async () => {
  await load("export default { plugins: [false, null, [undefined, { name: 'x' }]], log: undefined };");
});

let serial = 0;

async function load(source: string, timeoutMs?: number) {
  // Modules are kept by name, so each case has a folder of its own.
  return loadConfig(project.write(`${serial++}/micro.config.ts`, source), timeoutMs);
}

async function failureOf(source: string, timeoutMs?: number): Promise<Error> {
  try {
    await load(source, timeoutMs);
  } catch (error) {
    return error as Error;
  }
  throw new Error(`no error from: ${source}`);
}

test.run();
