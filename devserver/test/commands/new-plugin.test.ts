import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "@micro/kernel";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { run } from "../../src/commands/new-plugin.ts";
import { devserver } from "../../src/devserver-plugin.ts";
import { createContext } from "../support/command-context.ts";
import { createUserProject, type UserProject } from "../support/user-project.ts";

const repository = dirname(fileURLToPath(new URL("../../package.json", import.meta.url)));
const loader = join(repository, "../scripts/ts.mjs");
let project: UserProject;
const test = suite("micro new plugin");
test.before.each(() => {
  project = createUserProject({}, ["typescript", "uvu", "@types"]);
});
test.after.each(() => project.remove());

test("it writes a package in a folder of that name and says what to do next", async () => {
  const { status, stdout } = await micro(["registry-big-table"]);

  assert.is(status, 0);
  assert.match(stdout, /^wrote 10 files in registry-big-table: /);
  assert.match(stdout, "\n  cd registry-big-table\n  npm install\n  npm test\n  npm run typecheck\n");
  assert.equal(listFiles("registry-big-table"), [
    ".gitignore",
    "README.md",
    "package.json",
    "src/big-table-registry.ts",
    "src/index.ts",
    "src/record-folder.ts",
    "src/registry-big-table.ts",
    "test/registry-big-table.test.ts",
    "tsconfig.build.json",
    "tsconfig.json",
  ]);
});

for (const [name, packageName] of [
  ["registry-big-table", "micro-registry-big-table"],
  ["selector-long-ago", "micro-selector-long-ago"],
  ["codec-flat-text", "micro-codec-flat-text"],
  ["broker-in-house", "micro-broker-in-house"],
  ["transport-own-way", "micro-transport-own-way"],
  ["call-count", "micro-plugin-call-count"],
] as const) {
  test(`${name} passes the tests of its kind and the checks of its types as it was written`, async () => {
    await micro([name]);
    const folder = join(project.folder, name);

    const uvu = join(project.folder, "node_modules/uvu/bin.js");
    const tested = node(folder, "--enable-source-maps", "--import", loader, uvu, "test");
    assert.is(tested.status, 0, tested.output);
    assert.match(tested.output, /Passed: +[1-9]\d/);
    const tsc = join(project.folder, "node_modules/typescript/bin/tsc");
    const checked = node(folder, tsc, "--customConditions", "micro-source", "--isolatedDeclarations", "false");
    assert.is(checked.status, 0, checked.output);
    assert.is(JSON.parse(read(`${name}/package.json`)).name, packageName);
    for (const file of listFiles(name)) assert.not.match(file + read(`${name}/${file}`), /\bfoo|[fF]oo[A-Z_]/);
  });
}

test("--dir names another folder, and one that is not empty is left as it is", async () => {
  mkdirSync(join(project.folder, "here/.git"), { recursive: true });
  project.write("codec-z/mine.txt", "x");

  await micro(["codec-z"], { dir: "here" });

  assert.ok(listFiles("here").includes("src/z-codec.ts"));
  assert.match(await refusal(["codec-z"]), /codec-z is not empty: mine\.txt; --dir names another place/);
});

test("a name that no plugin may have is refused with the rule and one that it may have", async () => {
  const cases = [
    [[], "a name is requested: micro new plugin registry-foo"],
    [["a", "b", "c"], "one plugin at a time, not also b c"],
    [["Grüße an alle!"], 'not "Grüße an alle!"; how about "gru-e-an-alle"?'],
    [["@acme/callCount"], 'how about "call-count"?'],
    [["../evil"], 'how about "evil"?'],
    [["a".repeat(65)], `at most 64, not "${"a".repeat(65)}"; how about "${"a".repeat(64)}"?`],
    [["!!!"], 'not "!!!"'],
    [["registry"], '"registry" is a kind of plugin: give it a name, registry-foo'],
    [["codec-7bit"], 'what follows "codec-" begins with a letter, not "7bit"'],
    [["broker-broker"], "choose another one"],
    [["codec-test"], '"test" is the name of something that the files import'],
    [["define"], '"define" is the name of something that the files import'],
    [["regsitry-x"], '"regsitry" is no kind of plugin; did you mean "registry-x"?'],
  ] as const;
  for (const [args, message] of cases) assert.match(await refusal(args), message);
  assert.equal(readdirSync(project.folder).sort(), ["node_modules", "package.json"]);
});

async function micro(args: readonly string[], flags: Record<string, string> = {}) {
  const test = createContext(devserver(), "new plugin", { args, flags, cwd: project.folder });
  const status = await run(test.context);
  return { status, stdout: test.stdout };
}

async function refusal(args: readonly string[]): Promise<string> {
  try {
    await micro(args);
  } catch (error) {
    assert.instance(error, UsageError);
    return (error as Error).message;
  }
  assert.unreachable(`micro new plugin ${args.join(" ")} was done`);
  return "";
}

function node(cwd: string, ...args: readonly string[]): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: "utf8", timeout: 60_000 });
  return { status, output: stdout + stderr };
}

function read(path: string): string {
  return readFileSync(join(project.folder, path), "utf8");
}

function listFiles(folder: string): readonly string[] {
  return readdirSync(join(project.folder, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(project.folder, folder).length + 1))
    .sort();
}

test.run();
