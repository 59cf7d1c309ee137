import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createProject, type Project } from "./support/project.ts";
import { runMain } from "./support/run-main.ts";

let project: Project;
const test = suite("samples of micro config");
test.before(() => {
  project = createProject();
});
test.after(() => project.remove());

for (const path of ["../README.md", "../../README.md"]) {
  test(`what ${path} shows is what it prints`, async () => {
    const text = readFileSync(new URL(path, import.meta.url), "utf8");
    const [, words = "", printed] = /\nnpx micro (config .+)\n```\n\n```\n([^`]+\n)```\n/.exec(text) ?? [];
    const { stdout, stderr } = await runMain(words.split(" "), { cwd: project.folder });

    assert.equal([stdout, stderr], [printed, ""]);
  });
}

test.run();
