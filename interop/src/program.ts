import { type ChildProcess, spawn } from "node:child_process";

/** What a program is started with besides its arguments. */
export interface ProgramOptions {
  /** Its standard input; empty when absent. */
  readonly input?: string;
  /** Variables on top of our own. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How a program ended. */
export interface ProgramEnd {
  /** `null` when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs, with what it has written so far. */
export interface Program {
  readonly pid: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Resolves when it has ended and all its output is in; never rejects. */
  readonly ended: Promise<ProgramEnd>;
  /** Sends a signal; after the end it does nothing. */
  signal(name: NodeJS.Signals): void;
}

/**
 * Starts a program. It stays in the process group of the test run, so that what ends the run, a time limit as well as
 * Ctrl-C, ends it too.
 *
 * @throws Error when there is no such program
 */
export async function startProgram(
  command: string,
  args: readonly string[],
  { input = "", env = {} }: ProgramOptions = {},
): Promise<Program> {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text;
  });
  // One that ends without reading breaks the pipe, which its exit code tells better.
  child.stdin.on("error", () => {}).end(input);
  const ended = untilEnd(child, output);
  await untilSpawned(child);
  return {
    pid: child.pid as number,
    get stdout() {
      return output.stdout;
    },
    get stderr() {
      return output.stderr;
    },
    ended,
    signal: (name) => void child.kill(name),
  };
}

/**
 * Runs a program to its end.
 *
 * @throws Error with what it wrote when it does not end in time; it is killed then
 */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: ProgramOptions & { readonly limitMs?: number } = {},
): Promise<ProgramEnd> {
  const { limitMs = 20_000 } = options;
  const program = await startProgram(command, args, options);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    program.signal("SIGKILL");
  }, limitMs);
  const end = await program.ended;
  clearTimeout(timer);
  if (!isLate) return end;
  throw new Error(`${command} ${args.join(" ")}: no end within ${limitMs} ms\n${end.stdout}${end.stderr}`);
}

function untilSpawned(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
}

function untilEnd(
  child: ChildProcess,
  output: { readonly stdout: string; readonly stderr: string },
): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    child.once("close", (code) => resolve({ code, ...output }));
  });
}
