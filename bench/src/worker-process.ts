import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { PeerSettings } from "./peer.ts";
import type { WorkerAnswer, WorkerRequest } from "./worker.ts";

const closeLimitMs = 5000;

/** A process that serves or calls for us. Whoever starts one closes it. */
export class WorkerProcess {
  readonly #child: ChildProcess;

  /** @param peer the URL of a module that exports a `peer` */
  constructor(peer: URL) {
    this.#child = fork(new URL("./worker.ts", import.meta.url), [peer.href]);
  }

  /** Serves, and returns what the client needs to find it. */
  async serve(name: string): Promise<string> {
    return (await this.#ask({ kind: "serve", name })) as string;
  }

  /** Connects, and makes one call. */
  async connect(address: string, settings: PeerSettings): Promise<void> {
    await this.#ask({ kind: "connect", address, settings });
  }

  /** Calls for so many milliseconds, and returns calls a second. */
  async load(callers: number, ms: number): Promise<number> {
    return (await this.#ask({ kind: "load", callers, ms })) as number;
  }

  /** Ends the process, by force when it does not end in time. Idempotent. */
  async close(): Promise<void> {
    if (!this.#child.connected) return;
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), closeLimitMs);
    const exited = once(this.#child, "exit");
    await this.#ask({ kind: "close" }).catch((error: Error) => console.error(`while closing: ${error.message}`));
    if (this.#child.connected) this.#child.disconnect();
    await exited;
    clearTimeout(timer);
  }

  #ask(request: WorkerRequest): Promise<string | number> {
    return new Promise((resolve, reject) => {
      const onExit = (): void => reject(new Error("the worker process ended"));
      this.#child.once("exit", onExit);
      this.#child.once("message", (answer: WorkerAnswer) => {
        this.#child.off("exit", onExit);
        if ("error" in answer) reject(new Error(answer.error));
        else resolve(answer.value);
      });
      this.#child.send(request);
    });
  }
}
