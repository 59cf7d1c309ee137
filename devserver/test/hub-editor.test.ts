import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openInEditor } from "../src/hub/open-in-editor.ts";
import { withPage } from "./support/hub.ts";

const test = suite("opening a file in the editor");
const place = { file: "/project/a b;$(touch x).ts", line: 3, column: 7 };

const launched = async (command: string): Promise<readonly string[]> => {
  let started: readonly string[] = [];
  await openInEditor(command, place, async (program, args) => {
    started = [program, ...args];
  });
  return started;
};

test("each editor is told the place in its own words, each argument by itself", async () => {
  const { file } = place;
  assert.equal(await launched("code --wait"), ["code", "--wait", "--goto", `${file}:3:7`]);
  assert.equal(await launched("/usr/bin/subl"), ["/usr/bin/subl", `${file}:3:7`]);
  assert.equal(await launched("'/opt/my editor/webstorm' -x"), [
    "/opt/my editor/webstorm",
    "-x",
    "--line",
    "3",
    "--column",
    "7",
    file,
  ]);
  assert.equal(await launched("gedit"), ["gedit", file]);
  assert.equal(await launched("gedit; rm -rf /"), ["gedit;", "rm", "-rf", "/", file]);
});

test("none, one in a terminal and one that is not there are errors that say what to set", async () => {
  const told = (command: string): Promise<string> => openInEditor(command, place).then(() => "", String);
  assert.match(await told(""), /set EDITOR/);
  assert.match(await told("vim"), /set VISUAL/);
  assert.match(await told("/nowhere/editor"), /does not start/);
});

test("a page opens the files of services and no others", async () => {
  await withPage({ env: { EDITOR: "true" } }, async (page, { host }) => {
    host.files.add("/project/greeter.ts");
    assert.equal(await page.ask({ type: "edit", id: 1, file: "/project/greeter.ts", line: 3 }), { value: {} });
    const others = [
      "/etc/passwd",
      "/project/../project/greeter.ts",
      "greeter.ts",
      "",
      "--help",
      "/project/greeter.ts\0",
      5,
    ];
    for (const [at, file] of others.entries()) {
      assert.is((await page.ask({ type: "edit", id: at + 2, file })).code, 404, String(file));
    }
    assert.is((await page.ask({ type: "edit", id: 99, file: "/project/greeter.ts", line: "1; x" })).code, 400);
  });
});

test.run();
