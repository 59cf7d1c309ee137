import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * @typedef {object} Manifest
 * @property {string} name
 * @property {string} version
 * @property {boolean} [private]
 * @property {string[]} [workspaces]
 * @property {string | Record<string, string>} [bin]
 * @property {Record<string, string | Record<string, string>>} [exports]
 */

/**
 * @typedef {object} Workspace
 * @property {string} folder relative to the root, with forward slashes
 * @property {Manifest} manifest
 */

/** The folder of the repository. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/**
 * Every workspace of the root manifest, in its order.
 *
 * @returns {Workspace[]}
 */
export function workspaces() {
  const patterns = readManifest(root).workspaces ?? [];
  return patterns
    .flatMap(expand)
    .filter((folder) => existsSync(join(root, folder, "package.json")))
    .map((folder) => ({ folder, manifest: readManifest(join(root, folder)) }));
}

/** The workspaces that go to the registry. */
export function publishedWorkspaces() {
  return workspaces().filter(({ manifest }) => manifest.private !== true);
}

/**
 * The script behind a command of an installed package, to be run with `process.execPath`: that needs no shell, and uses
 * the Node that runs us.
 *
 * @param {string} packageName
 * @param {string} [command] the package's own name if absent
 */
export function binOf(packageName, command = packageName) {
  const folder = join(root, "node_modules", packageName);
  const { bin } = readManifest(folder);
  const path = typeof bin === "string" ? bin : bin?.[command];
  if (path === undefined) throw new Error(`${packageName} has no command "${command}": run npm ci`);

  return join(folder, path);
}

/** npm as `[command, ...arguments]`: the one that runs us, else the one on the path. */
export function npmCommand() {
  const { npm_execpath: script } = process.env;
  return script?.endsWith(".js") ? [process.execPath, script] : ["npm"];
}

/** @param {string} pattern a folder, or a folder and `/*` */
function expand(pattern) {
  if (!pattern.endsWith("/*")) return [pattern];

  const parent = pattern.slice(0, -2);
  if (!existsSync(join(root, parent))) return [];

  const entries = readdirSync(join(root, parent), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${parent}/${entry.name}`)
    .sort();
}

/**
 * @param {string} folder
 * @returns {Manifest}
 */
function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}
