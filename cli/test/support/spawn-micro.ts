import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { eventually, within } from "@micro/kernel/testing";

const bin = fileURLToPath(new URL("../../bin/micro.js", import.meta.url));
const limitMs = 30_000;

/** A running `micro`. */
export interface MicroProcess {
  readonly child: ChildProcessWithoutNullStreams;
  readonly stdout: string;
  readonly stderr: string;
  /** Waits until its standard output holds the text. */
  prints(text: string): Promise<void>;
  /** Waits until its standard error holds the text. */
  reports(text: string): Promise<void>;
  /** Waits for its end: the exit status, or the name of the signal that ended it. */
  ended(): Promise<number | NodeJS.Signals>;
  /** Ends it whatever it does. Nothing happens to one that has ended. */
  kill(): void;
}

/** Starts `micro` as a process. Whoever starts one kills it at the end of the test. */
export function spawnMicro(argv: readonly string[], cwd: string): MicroProcess {
  const child = spawn(process.execPath, [bin, ...argv], { cwd, env: { PATH: process.env.PATH } });
  const closed = once(child, "close");
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const describe = () => `micro ${argv.join(" ")}, which wrote ${JSON.stringify(stdout + stderr)}`;
  const hasEnded = ({ exitCode, signalCode }: typeof child) => exitCode !== null || signalCode !== null;
  const holds = async (text: string, output: () => string) => {
    await eventually(limitMs, `"${text}" from micro`, () => output().includes(text) || hasEnded(child));
    if (!output().includes(text)) throw new Error(`no "${text}" from ${describe()}`);
  };
  return {
    child,
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
    prints: (text) => holds(text, () => stdout),
    reports: (text) => holds(text, () => stderr),
    ended: async () => {
      const [status, signal] = await within(limitMs, "the end of micro", closed).catch((error: unknown) => {
        throw new Error(`still running: ${describe()}`, { cause: error });
      });
      return signal ?? status;
    },
    kill: () => void child.kill("SIGKILL"),
  };
}
