import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readEnvFile } from "../src/index.ts";

let folder: string;
const test = suite("the file .env");
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), "micro-env-"));
});
test.after.each(() => rmSync(folder, { recursive: true }));

test("it holds variables, a line each, with quotes and comments", () => {
  writeFileSync(join(folder, ".env"), "# a comment\nPLAIN=1\nexport QUOTED='x y' # another\nLINES=\"a\\nb\"\nEMPTY=\n");

  assert.equal({ ...readEnvFile(folder) }, { PLAIN: "1", QUOTED: "x y", LINES: "a\nb", EMPTY: "" });
});

test("without one, or with a folder of that name, there are none", () => {
  assert.equal({ ...readEnvFile(folder) }, {});
  mkdirSync(join(folder, ".env"));
  assert.equal({ ...readEnvFile(folder) }, {});
  assert.equal({ ...readEnvFile(join(folder, "nowhere")) }, {});
});

test.run();
