import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What ours is measured beside. */
const versions = { moleculer: "0.14.36", "@grpc/grpc-js": "1.14.0" };

/**
 * A folder with the peers in its `node_modules`. It stays in the cache of the project (`MICRO_CACHE`): they are of use
 * to nobody but this, so `npm ci` does not bring them.
 *
 * @throws Error when npm cannot install them
 */
export async function installPeers(): Promise<string> {
  const cache = process.env.MICRO_CACHE || join(homedir(), ".cache/micro");
  const name = Object.entries(versions).map((pair) => pair.join("-").replace(/[@/]/g, ""));
  const folder = join(cache, `bench-faults-${name.join("-")}`);
  if (existsSync(join(folder, "complete"))) return folder;

  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, dependencies: versions }));
  await run("npm", ["install", "--no-audit", "--no-fund", "--no-package-lock"], { cwd: folder });
  await writeFile(join(folder, "complete"), "");
  return folder;
}
