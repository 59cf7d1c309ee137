// npm test [-- word ...]: runs every test file of the workspaces, or those whose path contains one of the words. Those of
// faults/ come last and one at a time.
//
//   TEST_JOBS=2               how many of the others at a time
//   TEST_TIMEOUT_MS=120000    time limit of a file
//   CI=true                   a skipped test is a failure
//
// Up to five files that failed run once more when all others are done, with nothing beside them, because a machine that
// does too much fails what waits for the clock. What counts is the second run; the last lines name those files.
//
// A suite that cannot run here prints a line "SKIP <reason>: <what to install>"; it is repeated at the end. What a test
// measured it prints as "FIGURES <what>: <figures>", which is shown with the file.

import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { killWithUs, runProcess } from "./lib/run-process.mjs";
import { binOf, root, workspaces } from "./lib/workspaces.mjs";

/**
 * @typedef {object} Result
 * @property {string} file
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {readonly string[]} skipReasons
 * @property {string | undefined} trouble what went wrong besides failing tests
 * @property {import("./lib/run-process.mjs").Outcome} outcome
 */

const jobs = readCount("TEST_JOBS", 2);
const timeoutMs = readCount("TEST_TIMEOUT_MS", 120_000);
const maxAgain = 5;
const uvu = binOf("uvu");

killWithUs();
await main(process.argv.slice(2));

/** @param {readonly string[]} words */
async function main(words) {
  const files = findTestFiles().filter((file) => words.length === 0 || words.some((word) => file.includes(word)));
  if (files.length === 0) console.log(`no test file has one of these words in its path: ${words.join(" ")}`);

  const first = await runAll(files);
  const results = await runAgain(first);
  reportAgain(first, results);
  const skipsAreFailures = process.env.CI === "true" && results.some(({ skipped }) => skipped > 0);
  reportSkips(results, skipsAreFailures);
  const failed = sum(results, "failed");
  // Both pipes and files get the last line whole: exitCode lets the process flush, exit() would not.
  process.exitCode = files.length === 0 || failed > 0 || skipsAreFailures ? 1 : 0;
  console.log(`${sum(results, "passed")} passed, ${failed} failed, ${sum(results, "skipped")} skipped`);
}

/**
 * Whether nothing may run beside a file: faults are made at a rate and for a time, which takes the whole machine.
 *
 * @param {string} file
 */
function runsAlone(file) {
  return file.startsWith("faults/");
}

function findTestFiles() {
  return workspaces()
    .flatMap(({ folder }) => walk(`${folder}/test`))
    .filter((file) => /\.test\.(ts|mjs)$/.test(file));
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function walk(folder) {
  if (!existsSync(join(root, folder))) return [];

  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries
    .filter(({ name }) => name !== "node_modules" && name !== "testdata")
    .flatMap((entry) => (entry.isDirectory() ? walk(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`]))
    .sort();
}

/** @param {readonly string[]} files */
async function runAll(files) {
  /** @type {Result[]} */
  const results = [];
  /** @param {string[]} queue */
  const work = async (queue) => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const result = await runFile(file);
      results.push(result);
      report(result);
    }
  };
  const together = files.filter((file) => !runsAlone(file));
  await Promise.all(Array.from({ length: jobs }, () => work(together)));
  await work(files.filter(runsAlone));
  return results;
}

/**
 * More than a few failures have another reason than a busy machine.
 *
 * @param {readonly Result[]} first
 * @returns {Promise<readonly Result[]>} with the second results in place of the first
 */
async function runAgain(first) {
  const failed = first.filter((result) => result.failed > 0);
  if (failed.length === 0 || failed.length > maxAgain) return first;

  console.log(`again, with nothing beside it: ${failed.map(({ file }) => file).join(", ")}`);
  const results = [];
  for (const result of first) {
    const last = result.failed > 0 ? await runFile(result.file) : result;
    if (last !== result) report(last);
    results.push(last);
  }
  return results;
}

/**
 * @param {readonly Result[]} first
 * @param {readonly Result[]} results
 */
function reportAgain(first, results) {
  for (const [at, { file, failed }] of first.entries()) {
    if (failed > 0 && results[at]?.failed === 0) console.log(`AGAIN ${file}: failed at first, passed by itself`);
  }
}

/**
 * @param {string} file
 * @returns {Promise<Result>}
 */
async function runFile(file) {
  const loader = ["--enable-source-maps", "--import", "./scripts/ts.mjs"];
  const pattern = `^${basename(file).replace(/[.+$()[\]]/g, "\\$&")}$`;
  const { FORCE_COLOR, ...env } = process.env;
  const outcome = await runProcess(process.execPath, [...loader, uvu, dirname(file), pattern, "--no-color"], {
    cwd: root,
    env: { ...env, NO_COLOR: "1" },
    timeoutMs,
  });
  return { file, ...count(outcome), outcome };
}

/** @param {import("./lib/run-process.mjs").Outcome} outcome */
function count(outcome) {
  const total = readTotal(outcome.output, "Total");
  const passed = readTotal(outcome.output, "Passed") ?? 0;
  // uvu starts a suite's line without ending it, so what a test prints can stand behind the suite's name.
  const skipReasons = [...outcome.output.matchAll(/(?:^| )SKIP (.*)$/gm)].map(([, reason]) => (reason ?? "").trim());
  const skipped = (readTotal(outcome.output, "Skipped") ?? 0) || skipReasons.length;
  const failed = (total ?? 0) - passed;
  const trouble = failed > 0 && !outcome.timedOut ? undefined : findTrouble(outcome, total, skipped);
  return { passed, failed: trouble !== undefined ? Math.max(1, failed) : failed, skipped, skipReasons, trouble };
}

/**
 * @param {string} output
 * @param {string} label
 */
function readTotal(output, label) {
  const [, digits] = [...output.matchAll(new RegExp(`^ {2}${label}: +(\\d+)$`, "gm"))].at(-1) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * @param {import("./lib/run-process.mjs").Outcome} outcome
 * @param {number | undefined} total
 * @param {number} skipped
 */
function findTrouble({ code, signal, timedOut }, total, skipped) {
  const limit = `${timeoutMs / 1000} s`;
  if (timedOut && total === undefined) return `did not end within ${limit}`;
  if (timedOut) return `ran its tests, but did not exit within ${limit}: something is still open`;
  if (total === undefined) return signal === null ? `stopped early with exit code ${code}` : `killed by ${signal}`;
  if (total === 0 && skipped === 0) return "has no test that runs: is test.run() missing?";
  if (code !== 0) return `exit code ${code ?? signal}`;
}

/** @param {Result} result */
function report({ file, passed, failed, skipped, trouble, outcome }) {
  const counts = [`${passed} passed`];
  if (failed > 0) counts.push(`${failed} failed`);
  if (skipped > 0) counts.push(`${skipped} skipped`);
  const note = trouble === undefined ? "" : ` (${trouble})`;
  const verdict = failed > 0 ? "FAIL" : "ok  ";
  console.log(`${verdict} ${file}  ${counts.join(", ")}  ${(outcome.ms / 1000).toFixed(1)} s${note}`);
  if (failed > 0) console.log(outcome.output.replace(/^/gm, "     | "));
  else for (const [, figures] of outcome.output.matchAll(/(?:^| )FIGURES (.*)$/gm)) console.log(`     ${figures}`);
}

/**
 * @param {readonly Result[]} results
 * @param {boolean} areFailures
 */
function reportSkips(results, areFailures) {
  for (const { file, skipped, skipReasons } of results) {
    const reasons = skipped > 0 && skipReasons.length === 0 ? [`${skipped} without a reason`] : skipReasons;
    for (const reason of reasons) console.log(`SKIP ${file}: ${reason}`);
  }
  if (areFailures) console.log("CI=true: a skipped test is a failure");
}

/**
 * @param {readonly Result[]} results
 * @param {"passed" | "failed" | "skipped"} key
 */
function sum(results, key) {
  return results.reduce((total, result) => total + result[key], 0);
}

/**
 * @param {string} name of an environment variable
 * @param {number} fallback
 */
function readCount(name, fallback) {
  const text = process.env[name] ?? "";
  if (text === "") return fallback;
  if (!/^[1-9]\d*$/.test(text)) throw new TypeError(`${name}=${text}: expected a whole number above 0`);

  return Number(text);
}
