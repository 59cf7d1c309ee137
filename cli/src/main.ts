import { version } from "@micro/kernel";
import { reportFailure } from "./failure.ts";
import { findCommand, findCompanionCommand } from "./find-command.ts";
import { help } from "./help.ts";
import type { Env, Io } from "./io.ts";
import { printableLines } from "./printable.ts";
import { runCommand } from "./run-command.ts";
import { collectAllFlags, loadRuntime } from "./runtime.ts";
import { hasSwitch, wordsOf } from "./words.ts";

/**
 * Runs `micro` with a command line. Nothing of the process is touched, so that a test or a program can call it.
 *
 * @returns the exit status: 0 done, 1 failed, 2 used in a wrong way
 */
export async function main(argv: readonly string[], env: Env, io: Io): Promise<number> {
  const safe = { ...io, stdout: filtered(io.stdout), stderr: filtered(io.stderr) };
  try {
    return await dispatch(argv, env, safe);
  } catch (error) {
    return reportFailure(error, safe);
  }
}

// The one door that all output goes through: much of it comes from other machines.
function filtered(write: (text: string) => void): (text: string) => void {
  return (text) => write(printableLines(text));
}

async function dispatch(argv: readonly string[], env: Env, io: Io): Promise<number> {
  if (hasSwitch(argv, "version")) {
    io.stdout(`micro ${version}\n`);
    return 0;
  }
  if (hasSwitch(argv, "help", "h")) return showHelp(argv, env, io);

  const runtime = await loadRuntime({ argv, env, io });
  const words = wordsOf(argv, collectAllFlags(runtime));
  if (words.length === 0 || words[0] === "help") return showHelp(argv, env, io);

  const report = (error: unknown) => void reportFailure(error, io);
  const found = findCommand(runtime, words) ?? (await findCompanionCommand(runtime, words, report));
  return runCommand(found, argv, env, io);
}

async function showHelp(argv: readonly string[], env: Env, io: Io): Promise<number> {
  return help(argv, env, io);
}
