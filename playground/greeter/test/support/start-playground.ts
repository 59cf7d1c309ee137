import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const micro = fileURLToPath(new URL("../../../../cli/bin/micro.js", import.meta.url));
const config = fileURLToPath(new URL("../../micro.config.ts", import.meta.url));

/** A running `micro`. Whoever starts one kills it at the end of the test. */
export interface Playground {
  /** All that it has written. */
  output(): string;
  /** How often it has written a text. */
  count(text: string): number;
  /** Sends what Ctrl-C sends. */
  interrupt(): void;
  /** Waits for its end; its exit status. */
  ended(): Promise<number | null>;
  kill(): void;
}

/** Starts the playground with more flags, as `npm run playground --` does. */
export function startPlayground(...flags: readonly string[]): Playground {
  return startMicro("run", `--config=${config}`, ...flags);
}

/** Starts `micro`. */
export function startMicro(...args: readonly string[]): Playground {
  const child = spawn(process.execPath, [micro, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  return {
    output: () => text,
    count: (part) => text.split(part).length - 1,
    interrupt: () => void child.kill("SIGINT"),
    ended: () => ended(child),
    kill: () => void child.kill("SIGKILL"),
  };
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return child.exitCode;
}
