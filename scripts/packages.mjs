// Installs the packages as a user gets them, packed, in an empty folder, and tries there what the user tries first:
// the first program of each README, the types of each package, and `npx micro --help`. Run `npm run build` before.

import { existsSync, readFileSync, rmSync } from "node:fs";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { packAll } from "./lib/pack.mjs";
import { killWithUs, runProcess } from "./lib/run-process.mjs";
import { binOf, npmCommand, publishedWorkspaces, root } from "./lib/workspaces.mjs";

const programTimeoutMs = 30_000;
const [npm = "npm", ...npmArgs] = npmCommand();

killWithUs();
const project = await mkdtemp(join(tmpdir(), "micro-packages-"));
process.once("exit", () => rmSync(project, { recursive: true, force: true })); // An interrupt ends us this way too.
await main();

async function main() {
  await install();
  await tryOut("types of all packages", checkTypes);
  await tryOut("npx micro --help", () => run(npm, [...npmArgs, "exec", "--no", "--", "micro", "--help"]));
  for (const { folder, manifest } of publishedWorkspaces()) {
    await tryOut(`README of ${manifest.name}`, () => runReadme(folder));
  }
}

async function install() {
  const tarballs = join(project, "tarballs");
  await mkdir(tarballs);
  const packed = await packAll(tarballs);
  const dependencies = Object.fromEntries(
    [...packed].map(([name, file]) => [name, `file:${relative(project, file).replaceAll("\\", "/")}`]),
  );
  await writeFile(join(project, "package.json"), JSON.stringify({ private: true, type: "module", dependencies }));
  const options = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  const { code, output } = await runProcess(npm, [...npmArgs, "install", ...options], { cwd: project });
  if (code !== 0) throw new Error(`npm install of the packed packages failed:\n${output}`);
}

/**
 * @param {string} what
 * @param {() => Promise<string | undefined>} attempt says what went wrong
 */
async function tryOut(what, attempt) {
  const trouble = await attempt();
  console.log(`${trouble === undefined ? "ok  " : "FAIL"} ${what}`);
  if (trouble === undefined) return;

  console.log(trouble.replace(/^/gm, "     | "));
  process.exitCode = 1;
}

/** The declarations must do in a project that has none of our settings, and none of our development dependencies. */
async function checkTypes() {
  const imports = publishedWorkspaces()
    .filter(({ manifest }) => existsSync(join(project, "node_modules", manifest.name)))
    .map(({ manifest }, index) => `export * as package${index} from "${manifest.name}";`);
  await writeFile(join(project, "consumer.ts"), imports.join("\n"));
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: "es2023",
    lib: ["es2023", "esnext.disposable"],
    module: "nodenext",
    skipLibCheck: false,
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
  };
  await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }));
  return run(process.execPath, [binOf("typescript", "tsc"), "-p", project]);
}

/** @param {string} folder of the package, relative to the root */
async function runReadme(folder) {
  const readme = join(root, folder, "README.md");
  if (!existsSync(readme)) return "There is no README.md: it starts with a program of about ten lines.";

  const [, language, program] = /^```(js|ts)\b[^\n]*\n(.*?)^```/ms.exec(readFileSync(readme, "utf8")) ?? [];
  if (program === undefined) return "README.md has no ```js or ```ts block.";

  const file = `${folder.replaceAll("/", "-")}.${language === "ts" ? "ts" : "mjs"}`;
  await writeFile(join(project, file), program);
  return run(process.execPath, ["--import", "@micro/loader", file]);
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 */
async function run(command, args) {
  const { code, signal, timedOut, output } = await runProcess(command, args, {
    cwd: project,
    timeoutMs: programTimeoutMs,
  });
  if (code === 0) return undefined;

  const end = timedOut ? `did not end within ${programTimeoutMs / 1000} s` : `ended with ${signal ?? `code ${code}`}`;
  return `${end}\n${output}`;
}
