import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Installed } from "../src/installed.ts";
import { loadAverage, machineLine } from "../src/machine.ts";
import { median } from "../src/rounds.ts";
import { installPeers } from "./peers.ts";
import type { Subject } from "./subject.ts";
import { micro } from "./subjects/micro.ts";
import { moleculerHot } from "./subjects/moleculer-hot.ts";
import { nodeWatch, tsxWatch } from "./subjects/restarting.ts";
import { viteRunner } from "./subjects/vite-runner.ts";
import { runTrial, type TrialResult } from "./trial.ts";

const usage = "usage: npm run bench:dev -- [word of a tool's name ...] [--modules=30,300] [--rounds=5] [--edits=12]";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    modules: { type: "string", default: "30,300" },
    rounds: { type: "string", default: "5" },
    edits: { type: "string", default: "12" },
  },
});
const sizes = values.modules.split(",").map(Number);
const [rounds, edits] = [Number(values.rounds), Number(values.edits)];
if ([...sizes, rounds, edits].every((count) => Number.isInteger(count) && count > 0)) await measureAll();
else {
  console.error(usage);
  process.exitCode = 2;
}

async function measureAll(): Promise<void> {
  console.log(machineLine());
  const [installed, peers] = [await Installed.create(), await installPeers()];
  try {
    const ours = micro(installed.folder);
    const subjects = [ours, viteRunner, tsxWatch, nodeWatch, moleculerHot].filter(
      ({ name }) => positionals.length === 0 || positionals.some((word) => name.includes(word)),
    );
    const all = new Map<number, Results>();
    for (const modules of sizes) {
      all.set(modules, await measureSize(subjects, modules, (one) => (one === ours ? installed.folder : peers)));
    }
    printTargets(all);
    console.log(loadAverage());
  } finally {
    await installed.remove();
  }
}

type Results = ReadonlyMap<string, readonly TrialResult[]>;

/** Every tool has its turn in every round, so that what else the machine does meets all of them alike. */
async function measureSize(
  subjects: readonly Subject[],
  modules: number,
  installedFor: (subject: Subject) => string,
): Promise<Results> {
  const results = new Map<string, TrialResult[]>(subjects.map(({ name }) => [name, []]));
  const folder = await mkdtemp(join(tmpdir(), "micro-bench-dev-"));
  for (let round = 0; round < rounds; round++) {
    for (const subject of round % 2 === 0 ? subjects : subjects.toReversed()) {
      const options = {
        modules,
        edits,
        installed: installedFor(subject),
        port: await freePort(),
        folder: join(folder, "project"),
      };
      results.get(subject.name)?.push(await runTrial(subject, options));
    }
  }
  await rm(folder, { recursive: true, force: true });
  printSize(modules, results);
  return results;
}

function printSize(modules: number, results: Results): void {
  console.log(`\n${modules} modules, ${edits} edits idle and under 200 calls a second, median of ${rounds} rounds\n`);
  console.log(
    row("tool", "idle p50/p95", "loaded p50/p95", "failed/sent", "stale/missed", "first answer", "memory own/tree"),
  );
  for (const [name, trials] of results) {
    const time = (of: (trial: TrialResult) => readonly number[]): string =>
      `${[0.5, 0.95].map((q) => quantileOf(trials, of, q).toFixed(1)).join(" / ")} ms`;
    const sum = (of: (trial: TrialResult) => number): number => trials.reduce((total, trial) => total + of(trial), 0);
    const calls = `${sum(({ failed }) => failed)} / ${sum(({ sent }) => sent)}`;
    const start = `${median(trials.map(({ startMs }) => startMs)).toFixed(0)} ms`;
    const memory = `${memoryOf(trials, "own").toFixed(0)} / ${memoryOf(trials, "tree").toFixed(0)} MiB`;
    console.log(
      row(
        name,
        time(({ idleMs }) => idleMs),
        time(({ loadedMs }) => loadedMs),
        calls,
        `${sum(({ stale }) => stale)} / ${sum(({ missed }) => missed)}`,
        start,
        memory,
      ),
    );
  }
}

function printTargets(all: ReadonlyMap<number, Results>): void {
  console.log("\nmicro dev beside what it is held to\n");
  const [small = new Map() as Results] = all.values();
  const [ours, vite] = [small.get("micro dev"), small.get("Vite module runner")];
  if (ours !== undefined && vite !== undefined) {
    for (const [what, of] of [
      ["idle", ({ idleMs }: TrialResult) => idleMs],
      ["loaded", ({ loadedMs }: TrialResult) => loadedMs],
    ] as const) {
      for (const q of [0.5, 0.95]) {
        // Round by round, as each pair had the same weather.
        const ratio = median(
          ours.map((trial, round) => quantile(of(trial), q) / quantile(of(vite[round] as TrialResult), q)),
        );
        printTarget(`${what} p${q * 100} | Vite's`, ratio, 1.1);
      }
    }
    // Vite has no process beside its own; we have esbuild's.
    printTarget("memory of the process | Vite's", memoryOf(ours, "own") / memoryOf(vite, "own"), 0.6);
    console.log(
      `the same with esbuild's process`.padEnd(44),
      `${(memoryOf(ours, "tree") / memoryOf(vite, "tree")).toFixed(2)} x`,
    );
  }
  const large = [...all.values()][1]?.get("micro dev");
  if (ours !== undefined && large !== undefined) {
    const ratio = quantileOf(large, ({ idleMs }) => idleMs, 0.5) / quantileOf(ours, ({ idleMs }) => idleMs, 0.5);
    printTarget(`idle p50, ${sizes[1]} modules | ${sizes[0]} modules`, ratio, 1.5);
  }
}

function printTarget(what: string, ratio: number, most: number): void {
  console.log(`${what.padEnd(44)} ${ratio.toFixed(2)} x   <= ${most} x   ${ratio <= most ? "yes" : "NO"}`);
}

function quantileOf(trials: readonly TrialResult[], of: (trial: TrialResult) => readonly number[], q: number): number {
  return median(trials.map((trial) => quantile(of(trial), q)));
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

function memoryOf(trials: readonly TrialResult[], which: keyof TrialResult["memory"]): number {
  return median(trials.map(({ memory }) => memory[which]));
}

function row(...cells: readonly string[]): string {
  return cells.map((cell, column) => (column === 0 ? cell.padEnd(20) : cell.padStart(18))).join("  ");
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { readonly port: number };
      server.close(() => resolve(port));
    });
  });
}
