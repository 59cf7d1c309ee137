import { parseArgs } from "node:util";
import type { Pace } from "./rounds.ts";

/** The tables there are, in the order in which they are measured. */
export const rowNames = ["kernel", "codec", "http", "start", "mdns", "consul", "selection"] as const;

/** The name of a table. */
export type RowName = (typeof rowNames)[number];

/** What a run measures, and how long. */
export interface Options {
  readonly rows: readonly RowName[];
  readonly pace: Pace;
}

/** How the command line is written. */
export const usage = `usage: npm run bench -- [${rowNames.join("] [")}] [--seconds=N] [--rounds=N]`;

/** Reads the command line; a text says what is wrong with it. No names mean every table. */
export function parseOptions(args: readonly string[]): Options | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { seconds: { type: "string", default: "2" }, rounds: { type: "string", default: "5" } },
    });
    const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
    if (!(seconds > 0)) return "--seconds takes a number above 0: how long each contestant is measured in all";
    if (!Number.isInteger(rounds) || rounds < 1) return "--rounds takes a whole number above 0";
    const unknown = positionals.find((name) => !isRowName(name));
    if (unknown !== undefined) return `there is no table "${unknown}"`;
    const rows = rowNames.filter((name) => positionals.length === 0 || positionals.includes(name));
    return { rows, pace: { seconds, rounds } };
  } catch (error) {
    return (error as Error).message;
  }
}

function isRowName(name: string): name is RowName {
  return (rowNames as readonly string[]).includes(name);
}
