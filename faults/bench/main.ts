// npm run bench:faults [-- word of a contender's name ...] [--calls=3000] [--scenarios=killed,hung]

import { parseArgs } from "node:util";
import { loadAverage, machineLine } from "../../bench/src/machine.ts";
import type { Summary } from "../src/ledger.ts";
import { OpenLoad } from "../src/open-load.ts";
import { pause } from "../src/pause.ts";
import type { Contender, Field } from "./contender.ts";
import { installPeers } from "./install-peers.ts";
import { oursOverConsul, oursOverMdns, oursWithoutConsul } from "./ours.ts";
import { grpcRetry, grpcRoundRobin } from "./peers/grpc.ts";
import { moleculerDefaults, moleculerProtected } from "./peers/moleculer.ts";
import { type Scenario, scenarios } from "./scenarios.ts";

const names = scenarios.map(({ name }) => name).join(",");
const usage = `usage: npm run bench:faults -- [word of a contender's name ...] [--calls=3000] [--scenarios=${names}]`;
const perSecond = 200;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { calls: { type: "string", default: "3000" }, scenarios: { type: "string", default: names } },
});
const calls = Number(values.calls);
const chosen = values.scenarios.split(",").map((name) => scenarios.find((scenario) => scenario.name === name));
if (Number.isInteger(calls) && calls >= perSecond && chosen.every((scenario) => scenario !== undefined)) {
  await measureAll(chosen as readonly Scenario[]);
} else {
  console.error(usage);
  process.exitCode = 2;
}
// A peer that was closed may hold on to something.
process.exit();

async function measureAll(wanted: readonly Scenario[]): Promise<void> {
  console.log(machineLine());
  console.log(
    `${calls} calls at ${perSecond} a second to three nodes of 20 ms, timeout 5 s; the fault comes after a third`,
  );
  const contenders = await contendersNamed(positionals);
  for (const scenario of wanted) {
    console.log(`\n${scenario.title}\n`);
    console.log(row("", "failed", "twice", "p50", "p99", "max", "> 1 s", "its share"));
    for (const contender of contenders) await measure(contender, scenario);
  }
  console.log(`\n${loadAverage()}`);
}

async function contendersNamed(words: readonly string[]): Promise<readonly Contender[]> {
  const folder = await installPeers();
  const peers = [moleculerDefaults, moleculerProtected, grpcRoundRobin, grpcRetry].map((peer) => peer(folder));
  const all = [oursOverMdns, oursOverConsul, oursWithoutConsul, ...peers];
  return all.filter(({ name }) => words.length === 0 || words.some((word) => name.toLowerCase().includes(word)));
}

async function measure(contender: Contender, scenario: Scenario): Promise<void> {
  const field = await contender.start();
  try {
    if (scenario.isOfRegistry === true && (field.registry === undefined || contender === oursWithoutConsul)) return;
    printResult(contender, await runCalls(field, scenario));
    if (field.ledger.failures.length > 0) console.log(`  ${field.ledger.complaints.slice(0, 200)}`);
  } finally {
    await field.close();
  }
}

interface Result extends Summary {
  /** Which part of the calls went to the node that suffers, from two seconds after it began to the end. */
  readonly share: number;
}

async function runCalls(field: Field, scenario: Scenario): Promise<Result> {
  const { ledger } = field;
  const startedAt = performance.now();
  const load = new OpenLoad({ perSecond, ledger, call: (id) => field.call(id) });
  const totalMs = (calls / perSecond) * 1000;
  await pause(totalMs / 3);
  const fault = scenario.run(field);
  await pause(2000);
  const [suffering, all] = [field.executed(0), executedByAll(field)];
  await fault;
  await pause(Math.max(0, startedAt + totalMs - performance.now()));
  const share = (field.executed(0) - suffering) / (executedByAll(field) - all);
  await load.end();
  // What a node that stood still was sent, it may run only now.
  await pause(2000);
  return { ...ledger.summary(startedAt), share };
}

function executedByAll(field: Field): number {
  return [0, 1, 2].reduce((sum, at) => sum + field.executed(at), 0);
}

function printResult({ name }: Contender, { failed, finishedTwice, p50, p99, max, late, share }: Result): void {
  const ms = (value: number): string => `${value.toFixed(0)} ms`;
  console.log(
    row(
      name,
      String(failed),
      String(finishedTwice),
      ms(p50),
      ms(p99),
      ms(max),
      String(late),
      `${(100 * share).toFixed(1)} %`,
    ),
  );
}

function row(...cells: readonly string[]): string {
  return cells.map((cell, column) => (column === 0 ? cell.padEnd(42) : cell.padStart(12))).join("");
}
