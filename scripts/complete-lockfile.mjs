// npm run lock: installs, then puts into package-lock.json what npm leaves out when it cannot or need not fetch it: the
// packages that hold a tool's program for other systems. `npm ci` refuses a lockfile without them.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./lib/workspaces.mjs";

/**
 * @typedef {object} Entry
 * @property {string} [version]
 * @property {boolean} [dev]
 * @property {boolean} [optional]
 * @property {string[]} [os]
 * @property {string[]} [cpu]
 * @property {string[]} [libc]
 * @property {Record<string, string>} [optionalDependencies]
 */

const path = join(root, "package-lock.json");
/** @type {{ packages: Record<string, Entry> }} */
const lock = JSON.parse(readFileSync(path, "utf8"));

const missing = Object.values(lock.packages).flatMap(missingOf);
for (const { name, entry } of missing) lock.packages[`node_modules/${name}`] = entry;
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en")));
if (missing.length > 0) writeFileSync(path, `${JSON.stringify(lock, undefined, 2)}\n`);
console.log(`package-lock.json: ${missing.length} packages of other systems added`);

/** @param {Entry} parent */
function missingOf({ optionalDependencies = {}, dev }) {
  return Object.entries(optionalDependencies)
    .filter(([name, version]) => isMissing(name) && /^\d+\.\d+\.\d+/.test(version))
    .map(([name, version]) => ({ name, entry: entryOf(name, version, dev) }));
}

/** @param {string} name */
function isMissing(name) {
  return !Object.keys(lock.packages).some((key) => key.endsWith(`node_modules/${name}`));
}

/**
 * @param {string} name such as `@tool/binding-linux-x64-musl`: it tells the system, without which npm would want it here
 * @param {string} version
 * @param {boolean | undefined} dev
 * @returns {Entry} with its keys in npm's order, so that npm leaves it as it is
 */
function entryOf(name, version, dev) {
  const words = name.split(/[/-]/);
  const os = words.find((word) => ["android", "darwin", "freebsd", "linux", "openharmony", "win32"].includes(word));
  const cpu = words.find((word) => ["arm", "arm64", "ia32", "ppc64", "riscv64", "s390x", "x64"].includes(word));
  if (os === undefined || cpu === undefined) throw new Error(`cannot tell which system ${name} is for`);

  const libc = os === "linux" ? words.find((word) => word === "gnu" || word === "musl") : undefined;
  return {
    version,
    cpu: [cpu],
    ...(dev === true ? { dev } : {}),
    ...(libc === undefined ? {} : { libc: [libc === "gnu" ? "glibc" : libc] }),
    optional: true,
    os: [os],
  };
}
