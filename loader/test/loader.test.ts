import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const loader = new URL("../register.js", import.meta.url).href;
const esbuild = dirname(createRequire(import.meta.url).resolve("esbuild/package.json"));

interface Project {
  root: string;
}

const test = suite<Project>("loader");

test.before.each(async (context) => {
  context.root = await realpath(await mkdtemp(join(tmpdir(), "micro-loader-")));
  await mkdir(join(context.root, "node_modules"));
});

test.after.each(async ({ root }) => {
  await rm(root, { recursive: true, force: true });
});

test("runs TypeScript that imports TypeScript", async ({ root }) => {
  await write(root, "main.ts", `import { twice } from "./twice.ts"; console.log(twice(21 as number));`);
  await write(root, "twice.ts", `export const twice = (n: number): number => n * 2;`);

  const { stdout } = await run(root, "main.ts");

  assert.is(stdout, "42\n");
});

test("lowers await using, which Node 20 cannot parse", async ({ root }) => {
  await write(
    root,
    "main.mts",
    `{
       await using open = { [Symbol.asyncDispose]: async () => console.log("closed") };
       console.log("open");
     }`,
  );

  const { stdout } = await run(root, "main.mts");

  assert.is(stdout, "open\nclosed\n");
});

test("does not read a tsconfig", async ({ root }) => {
  await write(root, "tsconfig.json", "this is not JSON");
  await write(root, "main.ts", `console.log("ran");`);

  const { stdout } = await run(root, "main.ts");

  assert.is(stdout, "ran\n");
});

test("shows file, line, column and source of a syntax error", async ({ root }) => {
  await write(root, "main.ts", `import "./broken.ts";`);
  await write(root, "broken.ts", `const fine = 1;\n\tlet x: number = = 3;\n`);

  const { code, stderr } = await run(root, "main.ts");

  assert.is.not(code, 0);
  assert.match(stderr, `${join(root, "broken.ts")}:2:18: Unexpected "="`);
  assert.match(stderr, `2 | \tlet x: number = = 3;`);
  assert.not.match(stderr, "transform.js");
});

test("a stack shows the line of the source", async ({ root }) => {
  await write(root, "main.ts", `interface Unused {\n  a: string;\n}\n\nthrow new Error("here");\n`);

  const { stderr } = await run(root, "main.ts");

  assert.match(stderr, /main\.ts:5:7/);
});

test("a warm start uses what the cold one kept, and not esbuild", async ({ root }) => {
  await write(root, "main.ts", `console.log("cold" as string);`);
  await run(root, "main.ts");
  const [entry] = await cacheEntries(root);
  assert.ok(entry);
  await writeEntry(entry, `console.log("warm");`);

  const { stdout } = await run(root, "main.ts");

  assert.is(stdout, "warm\n");
});

test("a damaged entry is made anew", async ({ root }) => {
  await write(root, "main.ts", `console.log("whole" as string);`);
  await run(root, "main.ts");
  const [entry] = await cacheEntries(root);
  assert.ok(entry);
  await writeFile(entry, (await readFile(entry, "utf8")).slice(0, 80));

  const { stdout } = await run(root, "main.ts");

  assert.is(stdout, "whole\n");
  assert.match(await readFile(entry, "utf8"), "whole");
});

test("changed text is transformed again", async ({ root }) => {
  await write(root, "main.ts", `console.log("one" as string);`);
  await run(root, "main.ts");
  await write(root, "main.ts", `console.log("two" as string);`);

  const { stdout } = await run(root, "main.ts");

  assert.is(stdout, "two\n");
});

test("leaves TypeScript in node_modules alone", async ({ root }) => {
  await write(root, "node_modules/other/index.ts", `interface A {}\nconsole.log("never");`);
  await write(root, "node_modules/other/package.json", `{ "type": "module", "exports": "./index.ts" }`);
  await write(
    root,
    "main.ts",
    `await import("other").then(() => console.log("loaded"), () => console.log("refused"));`,
  );

  const { stdout } = await run(root, "main.ts");

  assert.is(stdout, "refused\n");
});

test("in this repository packages run from their sources", async ({ root }) => {
  const manifest = { type: "module", exports: { "micro-source": "./source.js", default: "./built.js" } };
  await write(root, "node_modules/other/package.json", JSON.stringify(manifest));
  await write(root, "node_modules/other/source.js", `export const from = "source";`);
  await write(root, "node_modules/other/built.js", `export const from = "built";`);
  await write(root, "main.ts", `import { from } from "other"; console.log(from as string);`);

  const { stdout } = await run(root, "main.ts");

  assert.is(stdout, "source\n");
});

test("an installed copy runs packages as they were built", async ({ root }) => {
  const installed = join(root, "node_modules/@micro/loader");
  for (const file of ["register.js", "hooks.js", "cache.js", "transform.js"]) {
    await write(installed, file, await readFile(new URL(`../${file}`, import.meta.url), "utf8"));
  }
  await write(installed, "package.json", `{ "type": "module", "exports": "./register.js" }`);
  await symlink(esbuild, join(root, "node_modules/esbuild"), "junction");
  const manifest = { type: "module", exports: { "micro-source": "./source.js", default: "./built.js" } };
  await write(root, "node_modules/other/package.json", JSON.stringify(manifest));
  await write(root, "node_modules/other/source.js", `export const from = "source";`);
  await write(root, "node_modules/other/built.js", `export const from = "built";`);
  await write(root, "main.ts", `import { from } from "other"; console.log(from as string);`);

  const { stdout } = await run(root, "main.ts", "@micro/loader");

  assert.is(stdout, "built\n");
});

test.run();

async function write(root: string, name: string, text: string): Promise<void> {
  const file = join(root, name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

async function cacheEntries(root: string): Promise<string[]> {
  const folder = join(root, "node_modules/.cache/micro");
  return (await readdir(folder)).map((name) => join(folder, name));
}

function writeEntry(file: string, code: string): Promise<void> {
  return writeFile(file, createHash("sha256").update(code).digest("hex") + code);
}

interface Outcome {
  code: number | string;
  stdout: string;
  stderr: string;
}

function run(root: string, file: string, specifier: string = loader): Promise<Outcome> {
  const args = ["--enable-source-maps", "--import", specifier, file];
  const env = { ...process.env, FORCE_COLOR: "0" };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root, env, timeout: 30_000 }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr });
    });
  });
}
