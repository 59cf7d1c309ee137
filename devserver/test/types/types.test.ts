import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type DevEvent, DevEvents } from "../../src/events.ts";
import { findTypeScript } from "../../src/types/find-typescript.ts";
import { parseProblems } from "../../src/types/parse-problems.ts";
import { TypeChecker, type TypeCheckerOptions } from "../../src/types/type-checker.ts";
import { watchTypes } from "../../src/types/watch-types.ts";
import { createUserProject, type UserProject } from "../support/user-project.ts";

let project: UserProject;
let closers: (() => void)[];
const test = suite("the type check");
test.before.each(() => {
  closers = [];
  project = createUserProject({ "tsconfig.json": tsconfig, "a.ts": "export const a: number = 1;\n" });
});
test.after.each(() => {
  for (const close of closers) close();
  project.remove();
});

test("after a swap the project's own compiler tells of its problems, and then that they are mended", async () => {
  const { events, seen } = watch();
  await eventually(60_000, "the first outcome", () => seen.length === 1);
  assert.equal(seen[0]?.problems, []);

  const file = project.write("a.ts", "export const a: number = 'one';\n");
  events.emit(swapped);
  await eventually(60_000, "the second outcome", () => seen.length === 2);
  assert.equal(seen[1]?.problems, [
    { file, line: 1, column: 14, code: "TS2322", message: "Type 'string' is not assignable to type 'number'." },
  ]);

  project.write("a.ts", "export const a: number = 2;\n");
  events.emit(swapped);
  await eventually(60_000, "the third outcome", () => seen.length === 3);
  assert.equal(seen[2]?.problems, []);
  assert.ok(existsSync(join(project.folder, "node_modules/.cache/micro/types.tsbuildinfo")));
  assert.not(existsSync(join(project.folder, "out")), "it wrote JavaScript");
});

test("without TypeScript or its configuration one line says so, and nothing is checked", () => {
  const bare = createUserProject({ "sub/micro.config.ts": "" }, []);
  closers.push(() => bare.remove());
  const said: string[] = [];
  watchTypes(join(bare.folder, "sub"), new DevEvents(), (text) => said.push(text))();
  bare.write("tsconfig.json", tsconfig);
  watchTypes(join(bare.folder, "sub"), new DevEvents(), (text) => said.push(text))();

  assert.equal(said, [
    "types are not checked: there is no tsconfig.json",
    "types are not checked: typescript is not installed",
  ]);
});

test("the configuration is the nearest one up to the folder of the package", () => {
  project.write("sub/micro.config.ts", "");
  project.write("own/package.json", "{}");

  assert.is(toConfig(findTypeScript(join(project.folder, "sub"))), join(project.folder, "tsconfig.json"));
  assert.is(findTypeScript(join(project.folder, "own")), "there is no tsconfig.json");
});

test("a newer edit ends the check that is under way, with what that started", async () => {
  const { schedule, results } = createChecker(slowCompiler);
  schedule();
  const first = await pids();
  schedule();
  await eventually(10_000, "the first ones ended", () => first.every((pid) => !isAlive(pid)));

  await eventually(10_000, "another one started", () => readPids().length === 4);
  assert.equal(results, []);
});

test("closing ends the check, and later edits start none", async () => {
  const { schedule, checker, results } = createChecker(slowCompiler);
  schedule();
  const running = await pids();

  checker.close();
  checker.close();
  schedule();

  await eventually(10_000, "they ended", () => running.every((pid) => !isAlive(pid)));
  await new Promise((resolve) => setTimeout(resolve, 300)); // Much longer than the delay before a check.
  assert.equal([results, readPids().length], [[], 2]);
});

test("several edits in a row are one check", async () => {
  const { schedule, results } = createChecker('require("fs").appendFileSync("runs", "x")');
  for (let edit = 0; edit < 5; edit++) schedule();

  await eventually(10_000, "the outcome", () => results.length > 0);
  assert.is(readFileSync(join(project.folder, "runs"), "utf8"), "x");
});

test("a compiler that breaks down, or never ends, is a failure and no outcome", async () => {
  const broken = createChecker('console.log("out of memory"); process.exit(134)');
  broken.schedule();
  await eventually(10_000, "the failure", () => broken.failures.length === 1);
  assert.match(broken.failures[0] as string, "tsc ended with 134: out of memory");

  const endless = createChecker("setInterval(() => {}, 1000)", { limitMs: 100 });
  endless.schedule();
  await eventually(10_000, "the limit", () => endless.failures.length === 1);
  assert.is(endless.failures[0], "tsc took longer than 0.1 s");
  assert.equal([broken.results, endless.results], [[], []]);
});

test("the compiler's output is read with places, continued messages and problems of the whole project", () => {
  const output = [
    "src/a.ts(3,7): error TS2322: Type 'A' is not assignable to type 'B'.",
    "  Property 'x' is missing.",
    "    And more.",
    "C:/x (1)/b.ts(1,1): error TS1005: ';' expected.\r",
    "error TS18003: No inputs were found.",
    "Found 3 errors.",
  ].join("\n");

  assert.equal(parseProblems(output, "/p", "/p/tsconfig.json").slice(0, 1), [
    {
      file: "/p/src/a.ts",
      line: 3,
      column: 7,
      code: "TS2322",
      message: "Type 'A' is not assignable to type 'B'.\n  Property 'x' is missing.\n    And more.",
    },
  ]);
  assert.equal(
    parseProblems(output, "/p", "/p/tsconfig.json").map(({ code, line, column }) => [code, line, column]),
    [
      ["TS2322", 3, 7],
      ["TS1005", 1, 1],
      ["TS18003", 1, 1],
    ],
  );
  assert.equal(parseProblems("", "/p", "/p/tsconfig.json"), []);
});

const tsconfig = JSON.stringify({
  compilerOptions: { strict: true, target: "es2023", module: "nodenext", types: [], outDir: "out" },
  include: ["*.ts"],
});

const swapped = { type: "removed", service: "a", file: "a.ts" } as const satisfies DevEvent;

/** A compiler that starts another process, as TypeScript 7 does, and never ends. Both say who they are. */
const slowCompiler = `
  const { appendFileSync } = require("fs");
  const { spawn } = require("child_process");
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
  appendFileSync("pids", process.pid + "\\n" + child.pid + "\\n");
  setInterval(() => {}, 1000);
`;

function watch() {
  const events = new DevEvents();
  const seen: Extract<DevEvent, { type: "types" }>[] = [];
  events.on((event) => void (event.type === "types" && seen.push(event)));
  closers.push(watchTypes(project.folder, events, (text) => assert.unreachable(text)));
  return { events, seen };
}

function createChecker(source: string, options: Partial<TypeCheckerOptions> = {}) {
  const compiler = project.write("compiler.cjs", source);
  const results: unknown[] = [];
  const failures: string[] = [];
  const checker = new TypeChecker({
    project: {
      compiler,
      version: "0",
      config: join(project.folder, "tsconfig.json"),
      cacheFile: join(project.folder, "cache/x"),
    },
    onResult: (problems) => results.push(problems),
    onFailure: (message) => failures.push(message),
    delayMs: 20,
    ...options,
  });
  closers.push(() => checker.close());
  return { checker, results, failures, schedule: () => checker.schedule() };
}

async function pids(): Promise<readonly number[]> {
  await eventually(10_000, "the compiler runs", () => readPids().length === 2);
  return readPids();
}

function readPids(): readonly number[] {
  const file = join(project.folder, "pids");
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").map(Number) : [];
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // What was killed and not waited for yet is still there by name.
  const status = `/proc/${pid}/status`;
  return !(existsSync(status) && /^State:\s+Z/m.test(readFileSync(status, "utf8")));
}

function toConfig(found: ReturnType<typeof findTypeScript>): string {
  return typeof found === "string" ? found : found.config;
}

test.run();
