import { existsSync } from "node:fs";
import * as inspector from "node:inspector";
import { fileURLToPath } from "node:url";
import { type ResourceLimits, Worker } from "node:worker_threads";
import { MicroError } from "@micro/kernel";
import { Bridge, type Line } from "./bridge.ts";
import { beatMs, Pulse } from "./heartbeat.ts";
import type { HostOpening, ToHost, WorkerOpening } from "./messages.ts";

/** Who uses a thread, once it is taken. */
export interface ThreadUser {
  /** How errors call it: the name of the service. */
  readonly name: string;
  /** The code in the worker asks for something. */
  accept(opening: HostOpening, line: Line): void;
  log(level: "debug" | "info" | "warn" | "error", text: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Its event loop does not turn. */
  onBlocked(forMs: number): void;
  /** It ended, and nobody asked for it. */
  onDeath(death: Death): void;
}

/** How a worker ended. */
export interface Death {
  /** `process.exit(1)`, `an uncaught error: …` */
  readonly reason: string;
  /** What was thrown, if that was the reason. */
  readonly error: unknown;
}

/** How threads are bounded. */
export interface ThreadLimits {
  /** For how long its event loop may not turn, in milliseconds. */
  readonly blockedMs: number;
  readonly resourceLimits: ResourceLimits;
}

let threads = 0;

/** A worker thread: booted empty, then taken by one service. */
export class GuestThread {
  /** What a debugger knows it by. */
  readonly title: string = `micro-guest-${++threads}`;
  readonly bridge: Bridge<WorkerOpening, HostOpening>;
  /** Resolves when it can take code; rejects when it does not boot. */
  readonly booted: Promise<void>;
  private readonly worker: Worker;
  private readonly exited: Promise<void>;
  private readonly limits: ThreadLimits;
  private readonly pulse: Pulse;
  private user: ThreadUser | undefined;
  private beating: NodeJS.Timeout | undefined;
  private uncaught: { readonly error: unknown } | undefined;
  private ending: string | undefined;
  private death: Death | undefined;

  constructor(limits: ThreadLimits) {
    this.limits = limits;
    const beats = new SharedArrayBuffer(4);
    this.pulse = new Pulse(beats);
    this.worker = new Worker(bootCode, {
      eval: true,
      name: this.title,
      workerData: { beats, entry: entryUrl(), loader: loaderUrl },
      stdout: true,
      stderr: true,
      resourceLimits: limits.resourceLimits,
    });
    // An idle spare keeps nothing alive; a host that runs has its sockets for that.
    this.worker.unref();
    this.bridge = new Bridge(this.worker, 1, (opening, line) => this.user?.accept(opening, line));
    this.booted = new Promise((resolve, reject) => {
      this.worker.once("exit", () => reject(new Error(`a worker did not boot: ${this.death?.reason ?? ""}`)));
      this.worker.on("message", (message: ToHost) => (message.type === "booted" ? resolve() : this.receive(message)));
    });
    this.booted.catch(() => {});
    this.worker.on("error", (error) => {
      this.uncaught ??= { error };
    });
    this.worker.on("messageerror", (error) => this.user?.log("error", `a message was lost: ${error.message}`));
    this.exited = new Promise((resolve) => {
      this.worker.once("exit", (code) => {
        this.onExit(code);
        resolve();
      });
    });
    this.forward("info", this.worker.stdout);
    this.forward("error", this.worker.stderr);
  }

  /** Whether it ended, or is about to. */
  get isDead(): boolean {
    return this.death !== undefined || this.ending !== undefined;
  }

  /** Gives it to a service. From then on it is watched. */
  use(user: ThreadUser): void {
    this.user = user;
    if (this.death !== undefined) {
      user.onDeath(this.death);
      return;
    }
    this.beating = setInterval(() => this.checkPulse(), beatMs);
    this.beating.unref();
  }

  /** Ends it, and tells nobody. Idempotent. */
  async end(): Promise<void> {
    this.user = undefined;
    await this.terminate("it was ended");
  }

  /** Ends it because of what it does; its user is told. */
  async terminate(reason: string): Promise<void> {
    this.ending ??= reason;
    clearInterval(this.beating);
    await this.worker.terminate();
    await this.exited;
  }

  private receive(message: Exclude<ToHost, { type: "booted" }>): void {
    if (message.type === "log") this.user?.log(message.level, message.message, message.fields);
    else this.bridge.receive(message);
  }

  private checkPulse(): void {
    const silentMs = this.pulse.silentMs();
    // Somebody may stand still in it on purpose.
    if (silentMs < this.limits.blockedMs || inspector.url() !== undefined) return;
    clearInterval(this.beating);
    this.user?.onBlocked(silentMs);
  }

  private onExit(code: number): void {
    clearInterval(this.beating);
    this.death = { reason: this.ending ?? reasonOf(code, this.uncaught), error: this.uncaught?.error };
    const { user } = this;
    const name = user?.name ?? "go.micro.client";
    const detail = `connection lost: the worker of the service ended: ${this.death.reason}`;
    this.bridge.fail(new MicroError(name, 500, detail, { reason: "connection_lost" }));
    user?.onDeath(this.death);
  }

  private forward(level: "info" | "error", stream: NodeJS.ReadableStream): void {
    let rest = "";
    stream.setEncoding("utf8");
    const tell = (line: string) => {
      if (line !== "") this.user?.log(level, line);
    };
    stream.on("data", (text: string) => {
      const lines = (rest + text).split(/\r?\n/);
      // A line without an end is told of in pieces rather than kept.
      rest = (lines.at(-1) ?? "").length < maxLine ? (lines.pop() ?? "") : "";
      lines.forEach(tell);
    });
    stream.on("end", () => tell(rest));
  }
}

const maxLine = 10_000;

function reasonOf(code: number, uncaught: { readonly error: unknown } | undefined): string {
  if (uncaught === undefined) return `process.exit(${code})`;
  const { error } = uncaught;
  if ((error as NodeJS.ErrnoException | undefined)?.code === "ERR_WORKER_OUT_OF_MEMORY") return "out of memory";
  return `an uncaught error: ${error instanceof Error ? error.message : String(error)}`;
}

/**
 * Sources need a loader that reads TypeScript. A worker of older Nodes has that of the process; newer ones read the entry
 * by themselves, and then do not find the sources of other packages.
 */
const bootCode = `
const { entry, loader } = require("node:worker_threads").workerData;
const load = async () => {
  if (loader !== undefined && process.features.typescript) await import(loader);
  try {
    await import(entry);
  } catch (error) {
    if (error?.code !== "ERR_UNKNOWN_FILE_EXTENSION" || loader === undefined) throw error;
    await import(loader);
    await import(entry + "?again");
  }
};
load().catch((error) => setImmediate(() => { throw error; }));
`;

const isSource = import.meta.url.endsWith(".ts");
const loaderUrl = isSource ? sourceLoader() : undefined;

/** What is published is one file, so the worker has an entry of its own. */
function entryUrl(): string {
  return isSource ? new URL("./guest-worker.ts", import.meta.url).href : import.meta.resolve("@micro/devserver/worker");
}

function sourceLoader(): string | undefined {
  const url = new URL("../../../loader/register.js", import.meta.url);
  return existsSync(fileURLToPath(url)) ? url.href : undefined;
}
