// npm run build: makes the dist folder of each published package. tsc checks the types and writes the declarations, one
// for each source. esbuild writes the JavaScript, one file for each entry of `exports`: loading a module costs Node half
// a millisecond whatever stands in it, so fifty of them would take as long as Node itself takes to start.

import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { build } from "esbuild";
import { publishedPageScript } from "./lib/page-script.mjs";
import { killWithUs, runProcess } from "./lib/run-process.mjs";
import { binOf, publishedWorkspaces, root } from "./lib/workspaces.mjs";

killWithUs();
const packages = publishedWorkspaces().filter(({ folder }) => existsSync(join(root, folder, "tsconfig.json")));
for (const { folder } of packages) removeStale(join(root, folder));
// Each comes to its end: a package with a mistake keeps no other from being built.
for (const result of await Promise.allSettled([declare(), ...packages.map(bundle), bundlePage()])) {
  if (result.status === "fulfilled") continue;

  console.error(result.reason instanceof Error ? result.reason.message : result.reason);
  process.exitCode = 1;
}

/**
 * Removes what nothing would overwrite, or it would be published: JavaScript of earlier builds, whose names differ, and
 * declarations of sources that have gone.
 *
 * @param {string} folder of the package
 */
function removeStale(folder) {
  const dist = join(folder, "dist");
  for (const file of filesUnder(dist)) {
    const source = relative(dist, file).replace(/\.d\.ts(\.map)?$/, ".ts");
    const isDeclaration = /\.d\.ts(\.map)?$/.test(file);
    if (/\.js(\.map)?$/.test(file) || (isDeclaration && !existsSync(join(folder, "src", source)))) rmSync(file);
  }
}

async function declare() {
  const { code, output } = await runProcess(process.execPath, [binOf("typescript", "tsc"), "--build"], { cwd: root });
  if (code !== 0) throw new Error(output);
}

/**
 * Other packages stay imports, so that all of a program share one copy. What two entries share, and what a dynamic
 * import reaches, becomes a file of its own: a class is the same in both, and what is loaded when needed still is.
 *
 * @param {import("./lib/workspaces.mjs").Workspace} workspace
 */
async function bundle({ folder, manifest }) {
  await build({
    absWorkingDir: join(root, folder),
    entryPoints: entriesOf(manifest),
    outdir: "dist",
    chunkNames: "chunk-[hash]",
    bundle: true,
    splitting: true,
    packages: "external",
    platform: "node",
    target: "node20",
    format: "esm",
    sourcemap: true,
    sourcesContent: false, // The sources are published beside it.
  });
}

/** The page of `micro dev`, for a browser. */
async function bundlePage() {
  const folder = join(root, "devserver");
  mkdirSync(join(folder, "dist"), { recursive: true });
  writeFileSync(join(folder, "dist/page.js"), await publishedPageScript());
}

/**
 * From `{ "micro-source": "./src/testing/index.ts", "default": "./dist/testing/index.js" }` to what esbuild takes.
 *
 * @param {import("./lib/workspaces.mjs").Manifest} manifest
 */
function entriesOf({ exports = {} }) {
  return Object.values(exports)
    .filter((entry) => typeof entry === "object")
    .map(({ "micro-source": source = "", default: target = "" }) => ({
      in: source,
      out: target.replace(/^\.\/dist\/(.*)\.js$/, "$1"),
    }));
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function filesUnder(folder) {
  if (!existsSync(folder)) return [];

  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
