import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { eventually, within } from "@micro/kernel/testing";

const bin = fileURLToPath(new URL("../../../cli/bin/micro.js", import.meta.url));
const limitMs = 30_000;

/** A running `micro`. */
export interface MicroProcess {
  readonly child: ChildProcessWithoutNullStreams;
  readonly stdout: string;
  readonly stderr: string;
  /** Waits until its standard output matches. */
  prints(pattern: RegExp): Promise<RegExpExecArray>;
  /** Waits for its end: the exit status, or the name of the signal that ended it. */
  ended(): Promise<number | NodeJS.Signals>;
  /** Ends it whatever it does. Nothing happens to one that has ended. */
  kill(): void;
}

/** What `micro` is started with besides its arguments. */
export interface SpawnOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Which `micro`; that of this repository when absent. */
  readonly bin?: string;
}

/** Starts `micro` as a process. Whoever starts one kills it at the end of the test. */
export function spawnMicro(argv: readonly string[], options: SpawnOptions): MicroProcess {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...options.env };
  const child = spawn(process.execPath, [options.bin ?? bin, ...argv], { cwd: options.cwd, env });
  const closed = once(child, "close");
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const describe = () => `micro ${argv.join(" ")}, which wrote\n${stdout}${stderr}`;
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  return {
    child,
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
    prints: async (pattern) => {
      await eventually(limitMs, `${pattern} from ${describe()}`, () => pattern.test(stdout) || hasEnded());
      const match = pattern.exec(stdout);
      if (match === null) throw new Error(`no ${pattern} from ${describe()}`);
      return match;
    },
    ended: async () => {
      const [status, signal] = await within(limitMs, "the end of micro", closed).catch((error: unknown) => {
        throw new Error(`still running: ${describe()}`, { cause: error });
      });
      return signal ?? status;
    },
    kill: () => void child.kill("SIGKILL"),
  };
}
