import { symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { glob } from "../src/glob.ts";
import { createProject } from "./support/project.ts";

const project = createProject(
  Object.fromEntries(
    [
      "a.ts",
      "services/greeter.ts",
      "services/counter.ts",
      "services/counter.mts",
      "services/notes.md",
      "services/.hidden.ts",
      "services/deep/er/inner.ts",
      "services/deep/node_modules/x/no.ts",
      "services/.git/no.ts",
      "odd/a+(b)[1].ts",
    ].map((path) => [path, ""]),
  ),
);
symlinkSync(project.folder, join(project.folder, "services/loop"));

const test = suite("globs");
test.after(() => project.remove());

const matches = async (pattern: string) =>
  (await glob(pattern, project.folder)).map((file) => relative(project.folder, file));

test("a star matches within a name, sorted, and not what begins with a dot", async () => {
  assert.equal(await matches("services/*.ts"), ["services/counter.ts", "services/greeter.ts"]);
  assert.equal(await matches("./services/.*.ts"), ["services/.hidden.ts"]);
  assert.equal(await matches("*/g*ter.ts"), ["services/greeter.ts"]);
});

test("two stars match folders at any depth, without node_modules, hidden and linked ones", async () => {
  assert.equal(await matches("services/**/*.ts"), [
    "services/counter.ts",
    "services/deep/er/inner.ts",
    "services/greeter.ts",
  ]);
  assert.equal(await matches("services/deep/**"), ["services/deep/er/inner.ts"]);
});

test("braces and question marks work", async () => {
  assert.equal(await matches("services/{greeter,counter}.ts"), ["services/counter.ts", "services/greeter.ts"]);
  assert.equal(await matches("services/counter.?ts"), ["services/counter.mts"]);
});

test("a name without stars is that file", async () => {
  assert.equal(await matches("services/greeter.ts"), ["services/greeter.ts"]);
  assert.equal(await matches("services/../a.ts"), ["a.ts"]);
  assert.equal(await matches(join(project.folder, "services/gr*.ts")), ["services/greeter.ts"]);
});

test("letters that regular expressions know are letters", async () => {
  assert.equal(await matches("odd/a+(b)[1].t?"), ["odd/a+(b)[1].ts"]);
  assert.equal(await matches("odd/a+b.*"), []);
});

test("what is not there matches nothing, nor do folders", async () => {
  assert.equal(await matches("nowhere/*.ts"), []);
  assert.equal(await matches("services/no.ts"), []);
  assert.equal(await matches("services/deep"), []);
  assert.equal(await matches(""), []);
});

test.run();
