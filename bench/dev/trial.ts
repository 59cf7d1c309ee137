import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, symlink } from "node:fs/promises";
import { Agent, request as httpRequest } from "node:http";
import { join } from "node:path";
import { Fixture } from "./fixture.ts";
import { type Memory, memoryOf } from "./process-tree.ts";
import type { Question, Subject, Wire } from "./subject.ts";

/** What one round of one tool gave. Times are milliseconds. */
export interface TrialResult {
  /** From the start of the process to the first answer. */
  readonly startMs: number;
  /** From the end of each write to the first answer of the new code. */
  readonly idleMs: readonly number[];
  readonly loadedMs: readonly number[];
  /** Calls of the steady load, and those that failed. */
  readonly sent: number;
  readonly failed: number;
  /** Answers of old code to calls that began after new code had answered. */
  readonly stale: number;
  /** Saves that the tool did not notice within 3 s; their times are left out. */
  readonly missed: number;
  /** After the edits. */
  readonly memory: Memory;
}

/** How much is done in a round. */
export interface TrialOptions {
  readonly modules: number;
  readonly edits: number;
  readonly port: number;
  /** Its `node_modules` has what the subject needs. */
  readonly installed: string;
  readonly folder: string;
}

/** Starts the tool, saves the file so many times while nobody calls and again under load, and ends it. */
export async function runTrial(subject: Subject, options: TrialOptions): Promise<TrialResult> {
  const fixture = await Fixture.create(options.folder, options.modules, subject.language);
  await mkdir(options.folder, { recursive: true });
  await symlink(join(options.installed, "node_modules"), join(options.folder, "node_modules"));
  const { args, env = {} } = await subject.prepare(options.folder, options.port);
  const began = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: options.folder,
    env: { ...process.env, ...env, NODE_OPTIONS: "", NODE_ENV: "development" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = collect(child);
  const caller = new Caller(subject.wire, options.port);
  try {
    const told = (): string => `${subject.name}: ${output.text}`;
    await untilFirstAnswer(caller, told);
    const startMs = performance.now() - began;
    await pause(500);
    const idleMs = await edits(fixture, caller, options.edits, 1);
    const load = new Load(caller);
    const loadedMs = await edits(fixture, caller, options.edits, 1001);
    await load.end();
    const missed = 2 * options.edits - idleMs.length - loadedMs.length;
    const memory = await memoryOf(child.pid as number);
    return { startMs, idleMs, loadedMs, sent: load.sent, failed: load.failed, stale: caller.stale, missed, memory };
  } finally {
    caller.close();
    await end(child);
  }
}

async function edits(fixture: Fixture, caller: Caller, count: number, first: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let edit = 0; edit < count; edit++) {
    await pause(150 + 100 * Math.random());
    await fixture.edit(first + edit);
    const saved = performance.now();
    if (await answersWithin(missedMs, caller, first + edit)) times.push(performance.now() - saved);
  }
  return times;
}

const missedMs = 3000;

async function untilFirstAnswer(caller: Caller, output: () => string): Promise<void> {
  if (!(await answersWithin(20_000, caller, 0))) throw new Error(`no answer within 20 s: ${output().slice(-2000)}`);
}

async function answersWithin(ms: number, caller: Caller, wanted: number): Promise<boolean> {
  const limit = performance.now() + ms;
  while ((await caller.ask("version").catch(() => undefined)) !== wanted) {
    if (performance.now() > limit) return false;
    await pause(2);
  }
  return true;
}

/** Asks the service, and notices an answer that is older than one seen before the question. */
class Caller {
  stale = 0;
  private readonly wire: Wire;
  private readonly port: number;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 256 });
  private newest = 0;

  constructor(wire: Wire, port: number) {
    this.wire = wire;
    this.port = port;
  }

  async ask(what: Question): Promise<number> {
    const { newest } = this;
    const value = this.wire.value(await this.send(what));
    if (value < newest) this.stale++;
    // What a slow call was admitted to is not what is current when it answers.
    if (what === "version") this.newest = Math.max(this.newest, value);
    return value;
  }

  close(): void {
    this.agent.destroy();
  }

  private send(what: Question): Promise<string> {
    const { method, headers = {}, path, body } = this.wire;
    const text = body?.(what);
    const length = text === undefined ? {} : { "Content-Length": Buffer.byteLength(text) };
    return new Promise((resolve, reject) => {
      const request = httpRequest(
        {
          agent: this.agent,
          host: "127.0.0.1",
          port: this.port,
          method,
          path: path(what),
          headers: { ...headers, ...length },
        },
        (response) => {
          let answer = "";
          response.setEncoding("utf8").on("data", (chunk: string) => {
            answer += chunk;
          });
          response.on("error", reject);
          response.on("end", () => {
            if (response.statusCode === 200) resolve(answer);
            else reject(new Error(`status ${response.statusCode}`));
          });
        },
      );
      request.setTimeout(10_000, () => request.destroy(new Error("no answer within 10 s")));
      request.on("error", reject);
      request.end(text);
    });
  }
}

/** 200 slow calls a second, whatever becomes of them. */
class Load {
  sent = 0;
  failed = 0;
  private readonly timer: NodeJS.Timeout;
  private readonly open = new Set<Promise<void>>();

  constructor(caller: Caller) {
    const began = performance.now();
    this.timer = setInterval(() => {
      for (; this.sent < (performance.now() - began) / 5; this.sent++) this.track(caller.ask("slow"));
    }, 5);
  }

  async end(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.open);
  }

  private track(answer: Promise<number>): void {
    const done = answer.then(
      () => void this.open.delete(done),
      () => {
        this.failed++;
        this.open.delete(done);
      },
    );
    this.open.add(done);
  }
}

function collect(child: ChildProcess): { text: string } {
  const output = { text: "" };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      output.text += chunk;
    });
  }
  return output;
}

async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 3000);
  await ended;
  clearTimeout(timer);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
