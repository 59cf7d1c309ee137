import { existsSync, readdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { runProcess } from "./run-process.mjs";
import { npmCommand, publishedWorkspaces, root } from "./workspaces.mjs";

/**
 * Packs every published package, as it was built last, into a folder.
 *
 * @param {string} folder
 * @returns {Promise<Map<string, string>>} name of the package → path of its tarball
 */
export async function packAll(folder) {
  const packages = publishedWorkspaces();
  for (const { folder: source } of packages) removeStale(join(root, source));

  const [command = "npm", ...args] = npmCommand();
  const selection = packages.flatMap((workspace) => ["-w", workspace.folder]);
  const pack = ["pack", "--ignore-scripts", "--pack-destination", folder, ...selection];
  const { code, output } = await runProcess(command, [...args, ...pack], { cwd: root });
  if (code !== 0) throw new Error(`npm pack failed:\n${output}`);

  return new Map(packages.map(({ manifest }) => [manifest.name, join(folder, tarballName(manifest))]));
}

/** @param {import("./workspaces.mjs").Manifest} manifest */
function tarballName({ name, version }) {
  return `${name.replace("@", "").replace("/", "-")}-${version}.tgz`;
}

/**
 * The compiler never removes what it made of a file that has gone since: it must not be published.
 *
 * @param {string} packageFolder
 */
function removeStale(packageFolder) {
  const dist = join(packageFolder, "dist");
  for (const file of filesUnder(dist)) {
    const source = relative(dist, file).replace(/(\.d\.ts|\.js)(\.map)?$/, ".ts");
    if (source.endsWith(".ts") && !existsSync(join(packageFolder, "src", source))) rmSync(file);
  }
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function filesUnder(folder) {
  if (!existsSync(folder)) return [];

  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}
