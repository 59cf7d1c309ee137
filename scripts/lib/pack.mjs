import { join } from "node:path";
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
