// npm run check: everything about the code that can be told without running its tests. Each step says how long it
// took; what a failing step printed is shown whole, and the others run all the same.

import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packAll } from "./lib/pack.mjs";
import { killWithUs, runProcess } from "./lib/run-process.mjs";
import { binOf, root } from "./lib/workspaces.mjs";

/** @typedef {{ readonly ok: boolean, readonly output: string }} Verdict */

const attwOptions = ["--profile", "esm-only", "--no-definitely-typed", "--no-emoji", "--format", "ascii"];

killWithUs();
const tarballs = await mkdtemp(join(tmpdir(), "micro-check-"));
process.once("exit", () => rmSync(tarballs, { recursive: true, force: true })); // An interrupt ends us this way too.

await step("format and lint", () =>
  tool("@biomejs/biome", "biome", ["check", "--error-on-warnings", "--max-diagnostics=200", "."]),
);
await step("promises and switches", () => tool("oxlint", "oxlint", ["--type-aware", "--deny-warnings"]));
await step("types and build", () => script("build.mjs"));
await step("unused code", () => tool("knip", "knip", ["--no-progress"]));
await step("size of the kernel", () => script("loc.mjs"));
const packed = packAll(tarballs);
await step("published files", () => eachTarball(packed, "publint", "publint", ["run", "--strict"]));
await step("published types", () => eachTarball(packed, "@arethetypeswrong/cli", "attw", attwOptions));
await step("packages as a user gets them", () => script("packages.mjs"));
await step("a new project as a user makes it", () => script("new-project.mjs"));
await step("a plugin as others write it", () => script("third-party.mjs"));

/**
 * @param {string} what
 * @param {() => Promise<Verdict>} run
 */
async function step(what, run) {
  const start = performance.now();
  const { ok, output } = await run().catch((error) => ({ ok: false, output: String(error) }));
  console.log(`${ok ? "ok  " : "FAIL"} ${what}  ${((performance.now() - start) / 1000).toFixed(1)} s`);
  if (ok) return;

  console.log(output.replace(/^/gm, "     | "));
  process.exitCode = 1;
}

/**
 * @param {string} packageName
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {Promise<Verdict>}
 */
function tool(packageName, command, args) {
  return node([binOf(packageName, command), ...args]);
}

/** @param {string} name of a file beside this one */
function script(name) {
  return node([join(root, "scripts", name)]);
}

/**
 * @param {Promise<Map<string, string>>} packed
 * @param {string} packageName
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {Promise<Verdict>}
 */
async function eachTarball(packed, packageName, command, args) {
  const failures = [];
  for (const [name, tarball] of await packed) {
    const { ok, output } = await tool(packageName, command, [...args, tarball]);
    if (!ok) failures.push(`${name}\n${output}`);
  }
  return { ok: failures.length === 0, output: failures.join("\n") };
}

/**
 * @param {readonly string[]} args
 * @returns {Promise<Verdict>}
 */
async function node(args) {
  const { code, timedOut, output } = await runProcess(process.execPath, args, {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1" },
  });
  return { ok: code === 0, output: timedOut ? `${output}\ndid not end in time` : output };
}
