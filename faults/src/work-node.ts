import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { NodeMessage, NodeOrder } from "./node-messages.ts";

/** What a node is started with. */
export interface WorkNodeOptions {
  /** The service that it serves. */
  readonly name: string;
  /** Flags of `micro run`, without dashes. */
  readonly flags?: Readonly<Record<string, string>>;
  /** How long its handlers take, in milliseconds. Default 20. */
  readonly workMs?: number;
  /** Called for everything that it tells. */
  readonly onMessage?: (message: NodeMessage) => void;
}

/** How a node ended: one of the two is there. */
export interface NodeEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const startLimitMs = 30_000;

/** A service in a process of its own, started by `micro run`. Whoever starts one ends it. */
export class WorkNode {
  /** `host:port` */
  readonly address: string;
  /** The calls that its handlers began, in order. */
  readonly executed: readonly string[];
  /** Those of them that came to their end. */
  readonly finished: readonly string[];
  /** Those of them that were called off. */
  readonly aborted: readonly string[];
  /** Resolves when the process is gone. */
  readonly ended: Promise<NodeEnd>;
  readonly #child: ChildProcess;
  readonly #output: { text: string };

  private constructor(child: ChildProcess, address: string, seen: Seen) {
    this.#child = child;
    this.address = address;
    this.executed = seen.executed;
    this.finished = seen.finished;
    this.aborted = seen.aborted;
    this.ended = seen.ended;
    this.#output = seen.output;
  }

  /** Starts one, and resolves when it serves and is registered. @throws Error with what it wrote when it does not */
  static async start({ name, flags = {}, workMs = 20, onMessage }: WorkNodeOptions): Promise<WorkNode> {
    const all = { server_name: name, server_address: "127.0.0.1:0", ...flags };
    const args = Object.entries(all).map(([flag, value]) => `--${flag}=${value}`);
    const child = fork(program, ["run", service, `--config=${config}`, ...args], {
      env: { ...process.env, WORK_MS: String(workMs) },
      silent: true,
    });
    const seen = watch(child, onMessage);
    try {
      return new WorkNode(child, await addressOf(seen), seen);
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
  }

  /** Of its process. */
  get pid(): number {
    return this.#child.pid as number;
  }

  /** What it wrote. */
  get output(): string {
    return this.#output.text;
  }

  /** Sends a signal; after the end it does nothing. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Lets its handlers take so long from now on. */
  slowDown(workMs: number): void {
    this.#order({ kind: "slow", workMs });
  }

  /** Lets its method `Work.Brittle` fail from now on. */
  break(): void {
    this.#order({ kind: "break" });
  }

  /** Lets it do nothing else for so long, as a handler that computes would. */
  block(ms: number): void {
    this.#order({ kind: "block", ms });
  }

  /** Ends it at once, whatever state it is in. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.ended;
  }

  /** Asks it to end, and waits until it did. */
  async stop(): Promise<NodeEnd> {
    this.signal("SIGTERM");
    return this.ended;
  }

  #order(order: NodeOrder): void {
    this.#child.send(order);
  }
}

const program = fileURLToPath(new URL("../../cli/bin/micro.js", import.meta.url));
const service = fileURLToPath(new URL("./work.ts", import.meta.url));
const config = fileURLToPath(new URL("./micro.config.ts", import.meta.url));

interface Seen {
  readonly executed: string[];
  readonly finished: string[];
  readonly aborted: string[];
  readonly output: { text: string };
  readonly ended: Promise<NodeEnd>;
  onOutput: () => void;
}

function watch(child: ChildProcess, onMessage: ((message: NodeMessage) => void) | undefined): Seen {
  const ended = new Promise<NodeEnd>((resolve) => {
    // Not "exit": what it told before its end is to be heard first.
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  const seen: Seen = { executed: [], finished: [], aborted: [], output: { text: "" }, ended, onOutput: () => {} };
  child.on("message", (message: NodeMessage) => {
    if (message.kind === "executed") seen.executed.push(message.id);
    if (message.kind === "finished") seen.finished.push(message.id);
    if (message.kind === "aborted") seen.aborted.push(message.id);
    onMessage?.(message);
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      seen.output.text += text;
      seen.onOutput();
    });
  }
  return seen;
}

function addressOf(seen: Seen): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      clearTimeout(timer);
      reject(new Error(`the node ${why}: ${seen.output.text}`));
    };
    const timer = setTimeout(() => fail(`does not serve within ${startLimitMs} ms`), startLimitMs);
    void seen.ended.then(() => fail("ended instead of serving"));
    seen.onOutput = () => {
      const address = /^serving \S+ \S+ at (\S+)$/m.exec(seen.output.text)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    };
  });
}
