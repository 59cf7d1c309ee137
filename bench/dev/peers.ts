import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The tools that `micro dev` is measured beside, the last versions that run on Node 20. */
const versions = { vite: "8.3.8", tsx: "4.23.15", moleculer: "0.14.36" };

/**
 * A folder with the peers in its `node_modules`. It stays in the cache of the project (`MICRO_CACHE`): they are of use
 * to nobody but this, so `npm ci` does not bring them.
 *
 * @throws Error when npm cannot install them
 */
export async function installPeers(): Promise<string> {
  const cache = process.env.MICRO_CACHE || join(homedir(), ".cache/micro");
  const name = Object.entries(versions).map((pair) => pair.join("-"));
  const folder = join(cache, `bench-dev-${name.join("-")}`);
  if (existsSync(join(folder, "complete"))) return folder;

  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, dependencies: versions }));
  await run("npm", ["install", "--no-audit", "--no-fund", "--no-package-lock"], { cwd: folder });
  await writeFile(join(folder, "complete"), "");
  return folder;
}
