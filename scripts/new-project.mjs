// Makes a project with `micro new`, installs the packages packed, and goes the way of its user: types, tests, micro dev
// with an edit, micro build, and what that wrote without TypeScript and esbuild. Run `npm run build` before.

import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packAll } from "./lib/pack.mjs";
import { killWithUs, runProcess } from "./lib/run-process.mjs";
import { npmCommand } from "./lib/workspaces.mjs";

const limitMs = 60_000;
const installOptions = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
const [npm = "npm", ...npmArgs] = npmCommand();
const name = `shop-${process.pid}`;
const serviceName = `go.micro.srv.${name}`;

killWithUs();
const parent = await mkdtemp(join(tmpdir(), "micro-new-project-"));
const folder = join(parent, name);
const micro = join(folder, "node_modules/@micro/cli/bin/micro.js");
process.once("exit", () => rmSync(parent, { recursive: true, force: true })); // An interrupt ends us this way too.
await main();

async function main() {
  const packed = await pack();
  await create(packed);
  await run("npm install", npm, [...npmArgs, "install", ...installOptions], folder);
  await run("npm run typecheck", npm, [...npmArgs, "run", "typecheck"], folder);
  await run("npm test", npm, [...npmArgs, "test"], folder);
  await serving("micro dev", ["dev"], /^ready in .* 1 service$/m, editAndAsk);
  await run("micro build", process.execPath, [micro, "build"], folder);
  rmSync(join(folder, "node_modules/esbuild"), { recursive: true });
  rmSync(join(folder, "node_modules/@micro/loader"), { recursive: true });
  await serving("micro run of what was built", ["run", "--config=dist/micro.config.js"], /^serving /m, () =>
    expectAnswer("Howdy John", "dist/micro.config.js"),
  );
}

async function pack() {
  const tarballs = join(parent, "tarballs");
  await mkdir(tarballs);
  return packAll(tarballs);
}

/**
 * The packages of this version are on no registry yet: they come from their tarballs, and `micro new` from a folder
 * where they are installed, as `npx` would have it.
 *
 * @param {ReadonlyMap<string, string>} packed
 */
async function create(packed) {
  const local = Object.fromEntries([...packed].map(([packageName, file]) => [packageName, `file:${file}`]));
  const toolFolder = join(parent, "tool");
  await mkdir(toolFolder);
  await writeFile(join(toolFolder, "package.json"), JSON.stringify({ private: true, dependencies: local }));
  await run("npm install of the tool", npm, [...npmArgs, "install", ...installOptions], toolFolder);
  const tool = join(toolFolder, "node_modules/@micro/cli/bin/micro.js");
  await run("micro new", process.execPath, [tool, "new", name], parent);

  const file = join(folder, "package.json");
  const manifest = JSON.parse(await readFile(file, "utf8"));
  const { dependencies, devDependencies } = manifest;
  manifest.dependencies = { ...dependencies, ...local };
  manifest.devDependencies = Object.fromEntries(Object.entries(devDependencies).filter(([key]) => !(key in local)));
  await writeFile(file, JSON.stringify(manifest));
}

async function editAndAsk() {
  await expectAnswer("Hello John");
  const file = join(folder, `services/${name}.ts`);
  const source = readFileSync(file, "utf8");
  writeFileSync(file, source.replace("Hello $", "Howdy $"));
  await expectAnswer("Howdy John");
}

/**
 * @param {string} answer
 * @param {string} [config]
 */
async function expectAnswer(answer, config = "micro.config.ts") {
  const args = [micro, "query", serviceName, "Say.Hello", '{"name":"John"}', `--config=${config}`];
  const end = Date.now() + limitMs;
  for (;;) {
    const { output } = await runProcess(process.execPath, args, { cwd: folder, timeoutMs: limitMs });
    if (output.includes(`"msg": "${answer}"`)) return;
    if (Date.now() > end) throw new Error(`no "${answer}" but ${output}`);
  }
}

/**
 * Starts `micro` with a command that serves, does something with it, and asks it to end.
 *
 * @param {string} what
 * @param {readonly string[]} args
 * @param {RegExp} ready what it prints when it serves
 * @param {() => Promise<void>} use
 */
async function serving(what, args, ready, use) {
  const child = spawn(process.execPath, [micro, ...args], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const kill = () => void child.kill("SIGKILL");
  process.once("exit", kill);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
      output += text;
    });
  }
  try {
    await until(`${ready} of ${what}`, () => ready.test(output), child);
    await use();
    child.kill("SIGTERM");
    await until(`the end of ${what}`, () => child.exitCode !== null || child.signalCode !== null);
    if (child.exitCode !== 0) throw new Error(`${what} ended with ${child.signalCode ?? child.exitCode}`);
    console.log(`ok   ${what}`);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${output}`);
  } finally {
    kill();
    process.off("exit", kill);
  }
}

/**
 * @param {string} what
 * @param {() => boolean} isTrue
 * @param {import("node:child_process").ChildProcess} [child] whose end ends the waiting
 */
async function until(what, isTrue, child) {
  const end = Date.now() + limitMs;
  while (!isTrue()) {
    if (child !== undefined && child.exitCode !== null) throw new Error(`${what}: it ended`);
    if (Date.now() > end) throw new Error(`${what}: not within ${limitMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/**
 * @param {string} what
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} cwd
 */
async function run(what, command, args, cwd) {
  const { code, output } = await runProcess(command, args, { cwd, timeoutMs: limitMs });
  if (code !== 0) throw new Error(`${what} ended with ${code}\n${output}`);
  console.log(`ok   ${what}`);
}
