import { constants } from "node:os";
import type { Io } from "./io.ts";
import { main } from "./main.ts";

/**
 * Runs `micro` as this process: its arguments, variables, streams and signals. The first SIGINT or SIGTERM asks
 * the command to end, the second one ends the process with 128 and the number of the signal.
 */
export async function runProgram(): Promise<void> {
  const interruption = new AbortController();
  let interruptedBy: number | undefined;
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (interruptedBy !== undefined) process.exit(128 + constants.signals[name]);
      interruptedBy = constants.signals[name];
      interruption.abort();
    });
  }
  // Whoever read our output is gone, as with `micro stream … | head`: what is left to say has no reader.
  process.stdout.on("error", () => interruption.abort());
  process.stderr.on("error", () => {});

  // Services in memory have no socket, and waiting for a signal does not keep a process alive.
  const alive = setInterval(() => {}, 2 ** 30);
  const status = await main(process.argv.slice(2), { ...process.env }, processIo(interruption.signal));
  clearInterval(alive);
  exit(status !== 0 && interruptedBy !== undefined ? 128 + interruptedBy : status);
}

function processIo(signal: AbortSignal): Io {
  return {
    cwd: process.cwd(),
    signal,
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    streams: process,
    exportVariables: (variables) => {
      for (const [name, value] of Object.entries(variables)) process.env[name] ??= value;
    },
  };
}

/** Ends the process when all output is written, also while something of a user's module would keep it running. */
function exit(status: number): void {
  process.stdout.write("", () => process.stderr.write("", () => process.exit(status)));
}
