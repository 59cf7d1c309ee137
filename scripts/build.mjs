// npm run build: what is published of each package, in its dist folder: the declarations by tsc, a file for each source,
// and the JavaScript by esbuild, a file for each entry of `exports`. A module costs Node half a millisecond at start,
// whatever stands in it, so a package of fifty would take as long as all of Node does.

import { existsSync, readdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { build } from "esbuild";
import { killWithUs, runProcess } from "./lib/run-process.mjs";
import { binOf, publishedWorkspaces, root } from "./lib/workspaces.mjs";

killWithUs();
const compiled = publishedWorkspaces().filter(({ folder }) => existsSync(join(root, folder, "tsconfig.json")));
for (const { folder } of compiled) removeStale(join(root, folder));
// All of them come to their end, so that one package's mistake leaves the others built.
const [declared, ...bundled] = await Promise.allSettled([declare(), ...compiled.map(bundle)]);
for (const result of [declared, ...bundled]) {
  if (result.status === "fulfilled") continue;
  console.error(String(result.reason));
  process.exitCode = 1;
}

/** Checks the types, and writes the declarations. */
async function declare() {
  const { code, output } = await runProcess(process.execPath, [binOf("typescript", "tsc"), "--build"], { cwd: root });
  if (code !== 0) throw new Error(output);
}

/**
 * Only what lies in the package goes into its files: other packages stay imports. What two entries share, or a dynamic
 * import, is a file of its own, so that a class is one class and what is imported when it is needed still is.
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
    sourcemap: "linked",
    sourcesContent: false, // The sources are published too.
    logLevel: "warning",
  });
}

/** @param {import("./lib/workspaces.mjs").Manifest} manifest */
function entriesOf({ exports = {} }) {
  return Object.values(exports).flatMap((entry) => {
    if (typeof entry === "string") return [];
    const out = entry.default.replace(/^\.\/dist\//, "").replace(/\.js$/, "");
    return [{ in: entry["micro-source"], out }];
  });
}
