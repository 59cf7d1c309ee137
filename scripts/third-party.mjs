// What somebody does who writes a plugin outside of this repository. Packs the packages, copies the example of
// docs/write-a-plugin.md to an empty folder and goes through the guide there, command by command; checks its types with
// an older TypeScript too; installs what `npm pack` made of it in a program; and tries what `micro new plugin` writes.
// Run `npm run build` before.

import { readFileSync, rmSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { packAll } from "./lib/pack.mjs";
import { killWithUs, runProcess } from "./lib/run-process.mjs";
import { npmCommand, root } from "./lib/workspaces.mjs";

const limitMs = 60_000;
const installOptions = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
const [npm = "npm", ...npmArgs] = npmCommand();
const example = join(root, "playground/third-party-plugin");
const guide = readFileSync(join(root, "docs/write-a-plugin.md"), "utf8");
const newPlugins = [
  "registry-big-table",
  "selector-long-ago",
  "codec-flat-text",
  "broker-in-house",
  "transport-own-way",
  "call-count",
];

/** What the augmented kind allows and refuses. */
const typeTest = `import { defineConfig, type Kernel } from "@micro/kernel";
import { type Cacher, cacher } from "micro-plugin-cacher";

export const config = defineConfig({ plugins: [cacher()], use: { cacher: "memory" } });
export const chosen = (kernel: Kernel): Cacher => kernel.get("cacher");
// @ts-expect-error there is no such kind
export const none = (kernel: Kernel) => kernel.get("cachers");
// @ts-expect-error there is no such kind
export const wrong = defineConfig({ use: { cachers: "memory" } });
`;

killWithUs();
const parent = await mkdtemp(join(tmpdir(), "micro-third-party-"));
process.once("exit", () => rmSync(parent, { recursive: true, force: true })); // An interrupt ends us this way too.
const plugin = join(parent, "micro-plugin-cacher");
const program = join(parent, "program");
const oldCompiler = join(parent, "typescript-5.9");
await main();

async function main() {
  const packed = await pack();
  await Promise.all([copyExample(packed), installOldCompiler()]);
  const output = await followGuide();
  expectAll(output, "the guide", [...blocks("output"), "--cacher_ttl=DURATION", "cacher try KEY TEXT"]);
  await checkTypes("the example", plugin, "typescript-5.9");
  await useIt(packed);
  for (const name of newPlugins) await tryNewPlugin(name);
}

async function pack() {
  const tarballs = join(parent, "tarballs");
  await mkdir(tarballs);
  return packAll(tarballs);
}

/**
 * The packages of this version are on no registry yet, so they come from their tarballs.
 *
 * @param {ReadonlyMap<string, string>} packed
 */
async function copyExample(packed) {
  const isOurs = (/** @type {string} */ path) => !["node_modules", "dist"].includes(basename(path));
  await cp(example, plugin, { recursive: true, filter: isOurs });
  const file = join(plugin, "package.json");
  const manifest = JSON.parse(await readFile(file, "utf8"));
  manifest.devDependencies = { ...manifest.devDependencies, ...localOf(packed) };
  await writeFile(file, JSON.stringify(manifest));
}

async function installOldCompiler() {
  await mkdir(oldCompiler);
  await writeFile(join(oldCompiler, "package.json"), '{ "private": true }');
  await run(
    "npm install of TypeScript 5.9",
    npm,
    [...npmArgs, "install", ...installOptions, "typescript@~5.9.3"],
    oldCompiler,
  );
}

/** Every line of every ```sh block, in order. */
async function followGuide() {
  let output = "";
  for (const line of blocks("sh").flatMap((block) => block.trim().split("\n"))) {
    const [command = "", ...args] = line.split(" ");
    const npx = ["exec", "--no", "--", ...args];
    const npmLine = command === "npx" ? npx : [...args, ...(args[0] === "install" ? installOptions : [])];
    output += await run(line, npm, [...npmArgs, ...npmLine], plugin);
  }
  return output;
}

/**
 * The types and the code as they were packed, in a program that has none of the example's settings.
 *
 * @param {ReadonlyMap<string, string>} packed
 */
async function useIt(packed) {
  await mkdir(program);
  const dependencies = {
    ...localOf(packed),
    "micro-plugin-cacher": `file:${join(plugin, "micro-plugin-cacher-0.1.0.tgz")}`,
  };
  const devDependencies = { "@types/node": "^20.19.0" };
  await writeFile(
    join(program, "package.json"),
    JSON.stringify({ private: true, type: "module", dependencies, devDependencies }),
  );
  const config = (await readFile(join(plugin, "micro.config.ts"), "utf8")).replace(
    "./src/index.ts",
    "micro-plugin-cacher",
  );
  await writeFile(join(program, "micro.config.ts"), config);
  await writeFile(join(program, "types.ts"), typeTest);
  const [, readme = ""] = /```ts\n(.*?)```/s.exec(await readFile(join(example, "README.md"), "utf8")) ?? [];
  await writeFile(join(program, "readme.ts"), readme);
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: "es2023",
    lib: ["es2023", "esnext.disposable"],
    module: "nodenext",
    types: ["node"],
  };
  await writeFile(join(program, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  await run("npm install of the packed example", npm, [...npmArgs, "install", ...installOptions], program);

  await checkTypes("a program with the packed example", program, "typescript-5.9");
  await checkTypes("a program with the packed example", program, "typescript 7");
  const help = await run("micro help there", process.execPath, [microOf(program), "help"], program);
  expectAll(help, "micro help", ["--cacher_ttl=DURATION", "cacher try KEY TEXT", "--cacher=TEXT"]);
  const kept = await run(
    "micro cacher try there",
    process.execPath,
    [microOf(program), "cacher", "try", "a", "b c"],
    program,
  );
  expectAll(kept, "micro cacher try", ["memory has under a: b c"]);
  const answer = await run("its README", process.execPath, ["--import", "@micro/loader", "readme.ts"], program);
  expectAll(answer, "its README", ["{ calls: 1 }"]);
}

/**
 * Written into the folder of the example, where all that it needs is installed.
 *
 * @param {string} name
 */
async function tryNewPlugin(name) {
  const folder = join(plugin, name);
  await run(`micro new plugin ${name}`, process.execPath, [microOf(plugin), "new", "plugin", name], plugin);
  const uvu = join(plugin, "node_modules/uvu/bin.js");
  await run(`its tests`, process.execPath, ["--import", "@micro/loader", uvu, "test"], folder);
  await checkTypes(name, folder, "typescript-5.9");
  await checkTypes(name, folder, "typescript 7");
  await run("its build", process.execPath, [compiler("typescript 7"), "-p", "tsconfig.build.json"], folder);
  const [, readme = ""] = /```ts\n(.*?)```/s.exec(await readFile(join(folder, "README.md"), "utf8")) ?? [];
  await writeFile(join(folder, "readme.ts"), readme);
  await run("its README", process.execPath, ["--import", "@micro/loader", "readme.ts"], folder);
}

/**
 * @param {string} what
 * @param {string} folder
 * @param {"typescript-5.9" | "typescript 7"} version
 */
async function checkTypes(what, folder, version) {
  await run(`types of ${what} by ${version}`, process.execPath, [compiler(version), "-p", folder], folder);
}

/** @param {"typescript-5.9" | "typescript 7"} version */
function compiler(version) {
  return join(version === "typescript 7" ? plugin : oldCompiler, "node_modules/typescript/bin/tsc");
}

/** @param {ReadonlyMap<string, string>} packed */
function localOf(packed) {
  return Object.fromEntries([...packed].map(([name, file]) => [name, `file:${file}`]));
}

/** @param {string} folder */
function microOf(folder) {
  return join(folder, "node_modules/@micro/cli/bin/micro.js");
}

/** @param {string} language */
function blocks(language) {
  return [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map(([, text = ""]) => text);
}

/**
 * @param {string} output
 * @param {string} what
 * @param {readonly string[]} texts
 */
function expectAll(output, what, texts) {
  for (const text of texts)
    if (!output.includes(text)) throw new Error(`${what} did not print\n${text}\nbut\n${output}`);
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
  return output;
}
