import { within } from "@micro/kernel/testing";
import { main } from "../../src/main.ts";

/** What a run of `micro` left behind. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a run is started with besides its arguments. */
export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Asks the program to end. */
  readonly signal?: AbortSignal;
  /** Called with all of the standard output so far, whenever there is more. */
  readonly onStdout?: (text: string) => void;
  /** Likewise for the standard error. */
  readonly onStderr?: (text: string) => void;
}

const limitMs = 20_000;

/** Runs `micro` in this process. */
export async function runMain(argv: readonly string[], options: RunOptions): Promise<Outcome> {
  const { cwd, env = {}, signal = new AbortController().signal, onStdout = () => {}, onStderr = () => {} } = options;
  let [stdout, stderr] = ["", ""];
  const io = {
    cwd,
    signal,
    stdout: (text: string) => onStdout((stdout += text)),
    stderr: (text: string) => onStderr((stderr += text)),
  };
  const status = await within(limitMs, `micro ${argv.join(" ")}`, main(argv, env, io));
  return { status, stdout, stderr };
}
