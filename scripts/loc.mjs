// Counts the kernel's lines of code, without blank lines and comments, and fails when it is no longer tiny.
// The testing kits and the in-memory implementations are not counted: they are what a kernel is tried with.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./lib/workspaces.mjs";

const limit = 3000;
const notCounted = ["testing", "memory"];

const lines = sourceFiles(join(root, "kernel/src")).reduce((total, file) => total + countLines(file), 0);
console.log(`kernel: ${lines} of ${limit} lines of code`);
if (lines > limit) {
  console.log("What can be a plugin belongs in plugins/, what only hooks need belongs in the one that taps them.");
  process.exitCode = 1;
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function sourceFiles(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !notCounted.includes(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? sourceFiles(path) : [path];
    })
    .filter((file) => file.endsWith(".ts"));
}

/** @param {string} file */
function countLines(file) {
  let inComment = false;
  let count = 0;
  for (const raw of readFileSync(file, "utf8").split("\n")) {
    const line = raw.trim();
    if (!inComment && line !== "" && !line.startsWith("//") && !line.startsWith("/*")) count += 1;
    if (line.startsWith("/*")) inComment = true;
    if (inComment && line.includes("*/")) inComment = false;
  }
  return count;
}
