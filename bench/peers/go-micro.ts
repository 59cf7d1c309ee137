import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Contestant } from "../src/rounds.ts";

const run = promisify(execFile);

/** The flags with which a go-micro client is at its fastest; its defaults ask the registry before each call. */
const clientFlags = ["--selector=cache", "--client_pool_size=10"];
const overMdns = ["--registry=mdns"];

/** The program of a real go-micro 0.1, whose wire is that of 2016; where it is not there and cannot be built, why. */
export async function findGoMicro(): Promise<{ readonly path: string } | { readonly missing: string }> {
  try {
    const build = fileURLToPath(new URL("../../interop/build", import.meta.url));
    const { stdout } = await run(build, ["go-micro-0.1"]);
    return { path: stdout.trim() };
  } catch (error) {
    const { stderr, message } = error as { readonly stderr?: string; readonly message: string };
    return { missing: (stderr || message).trim() };
  }
}

/** A go-micro server as a process of its own. Whoever starts one closes it. */
export class GoServer {
  readonly #child: ChildProcess;

  /** @param over the flags of its registry */
  constructor(path: string, name: string, over: readonly string[] = overMdns) {
    const flags = [...over, "--server_address=127.0.0.1:0", `--server_name=${name}`];
    this.#child = spawn(path, ["serve", ...flags], { stdio: "ignore" });
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}

/** A go-micro client that calls a service; each measurement is a process of its own, which warms up by itself. */
export function goClient(
  path: string,
  name: string,
  service: string,
  callers: number,
  over: readonly string[] = overMdns,
): Contestant {
  let rate = 1000;
  return {
    name,
    async measure(ms) {
      const calls = Math.max(callers * 10, Math.ceil((rate * ms) / 1000));
      rate = await bench(path, service, calls, callers, over);
      return rate;
    },
  };
}

async function bench(
  path: string,
  service: string,
  calls: number,
  callers: number,
  over: readonly string[],
): Promise<number> {
  const words = ["bench", service, "Say.Hello", String(calls), String(callers), "json"];
  const { stdout } = await run(path, [...words, ...over, ...clientFlags], { timeout: 120_000 });
  const { per_second: perSecond, failed } = JSON.parse(stdout) as {
    readonly per_second: number;
    readonly failed: number;
  };
  if (failed > 0) throw new Error(`${failed} of ${calls} calls of the go-micro client failed`);
  return perSecond;
}

/** Waits until a go-micro client reaches a service: a server of its kind needs a moment to announce itself. */
export async function untilReachable(path: string, service: string, over: readonly string[] = overMdns): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await bench(path, service, 10, 1, over);
      return;
    } catch (error) {
      if (attempt === 20) throw new Error(`the go-micro client does not reach ${service}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}
