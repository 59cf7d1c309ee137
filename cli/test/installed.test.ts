import { suite } from "uvu";
import * as assert from "uvu/assert";
import { findCapability, findCompanions } from "../src/installed.ts";
import { createProject, type Project } from "./support/project.ts";

let project: Project;
const test = suite("installed packages");
test.before.each(() => {
  project = createProject();
});
test.after.each(() => project.remove());

test("companions that are installed bring their plugins, and what does not load is told and passed over", async () => {
  install("@micro/two-words", "export const twoWords = () => ({ name: 'two-words' })");
  install("@micro/broken", "throw new Error('no luck')");
  install("@micro/plain", "export default () => ({ name: 'plain' })");
  const told: string[] = [];

  const names = ["nowhere", "two-words", "broken", "plain"];
  const found = await findCompanions(project.folder, (error) => told.push(String(error)), names);

  assert.equal(found, [{ name: "two-words" }, { name: "plain" }]);
  assert.is(told.length, 1);
  assert.match(told[0] as string, "@micro/broken is installed and does not load: Error: no luck");
});

test("a capability's package of ours goes before one of others", async () => {
  install("micro-registry-tree", "export const registryTree = () => ({ name: 'theirs' })");
  assert.equal(await findCapability("registry", "tree", project.folder), { name: "theirs" });

  install("@micro/registry-tree", "export const registryTree = () => ({ name: 'ours' })");
  assert.equal(await findCapability("registry", "tree", project.folder), { name: "ours" });
});

test("a name that is no package name is not looked for", async () => {
  project.write("node_modules/micro-registry-up/package.json", '{ "type": "module" }');
  project.write("node_modules/micro-registry-up/index.js", "export default () => ({ name: 'up' })");

  for (const name of ["../micro-registry-up", "up/index.js", "", "UP"]) {
    assert.is(await findCapability("registry", name, project.folder), undefined);
  }
});

test("a package without the function that makes its plugin is an error", async () => {
  install("micro-registry-mute", "export const other = 1");

  const failure = await findCapability("registry", "mute", project.folder).catch((error: Error) => error);

  assert.instance(failure, Error);
  assert.match((failure as Error).message, /micro-registry-mute exports no function "registryMute"/);
});

function install(name: string, source: string) {
  project.write(`node_modules/${name}/package.json`, '{ "type": "module", "exports": "./index.js" }');
  project.write(`node_modules/${name}/index.js`, source);
}

test.run();
