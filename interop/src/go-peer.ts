import { fileURLToPath } from "node:url";
import { type Program, type ProgramEnd, runProgram, startProgram } from "./program.ts";
import { randomName } from "./random-name.ts";

/** The go-micro program of this folder. */
export class GoPeer {
  /** What runs it. */
  readonly binary: string;

  constructor(binary: string) {
    this.binary = binary;
  }

  /**
   * Serves the greeter and resolves when a client of go-micro gets an answer from it.
   *
   * @throws Error with what it wrote when it ends before, or does not answer
   */
  async serve({ name = randomName(), flags = [] }: ServeGoOptions = {}): Promise<GoServer> {
    const program = await startProgram(this.binary, ["serve", "--registry=mdns", `--server_name=${name}`, ...flags]);
    const server = new GoServer(name, program);
    try {
      await server.untilListening();
      await this.untilAnswering(name);
      return server;
    } catch (error) {
      await server.kill();
      throw error;
    }
  }

  /**
   * Runs one of its commands to the end; a few times when it finds no service. go-micro waits 100 ms for answers to a
   * lookup by mDNS, which on a busy machine is too short now and then, also between go-micro and go-micro.
   */
  async run(words: readonly string[], { flags = [], ...options }: RunGoOptions = {}): Promise<GoEnd> {
    for (let attempt = 1; ; attempt++) {
      const end = await runProgram(this.binary, [...words, "--registry=mdns", ...flags], options);
      const isUnheard = end.code !== 0 && end.stdout.includes(noneAvailable);
      if (!isUnheard || attempt === maxLookups) return { ...end, lines: parseLines(end.stdout) };
    }
  }

  private async untilAnswering(name: string): Promise<void> {
    const { code, stdout, stderr } = await this.run(["call", name, "Say.Hello", "{}", "json"]);
    if (code !== 0) throw new Error(`${name} does not answer: ${stdout}${stderr}`);
  }
}

/** What {@link GoPeer.serve} can be told. */
export interface ServeGoOptions {
  /** Default a random one. */
  readonly name?: string;
  /** Flags of go-micro: `--server_version=2`. */
  readonly flags?: readonly string[];
}

/** What {@link GoPeer.run} can be told. */
export interface RunGoOptions {
  readonly flags?: readonly string[];
  readonly input?: string;
  readonly limitMs?: number;
}

/** How a command ended. */
export interface GoEnd extends ProgramEnd {
  /** The lines of JSON that it wrote. */
  readonly lines: readonly GoLine[];
}

/** A line of JSON from the program; `error` is the text of a go-micro error. */
export type GoLine = Readonly<Record<string, unknown>>;

/** A go-micro program that serves the greeter. */
export class GoServer {
  readonly name: string;
  private readonly program: Program;

  constructor(name: string, program: Program) {
    this.name = name;
    this.program = program;
  }

  /** `127.0.0.1:port` */
  get address(): string {
    const [, port] = /(?<!Broker )Listening on .*:(\d+)/.exec(this.program.stderr + this.program.stdout) ?? [];
    return port === undefined ? "" : `127.0.0.1:${port}`;
  }

  /** What it reported so far. */
  get lines(): readonly GoLine[] {
    return parseLines(this.program.stdout);
  }

  /** Asks it to end: it leaves the registry, then closes. */
  async stop(): Promise<void> {
    this.program.signal("SIGTERM");
    const timer = setTimeout(() => this.program.signal("SIGKILL"), stopLimitMs);
    await this.program.ended;
    clearTimeout(timer);
  }

  /** Ends it at once; nobody is told. */
  async kill(): Promise<void> {
    this.program.signal("SIGKILL");
    await this.program.ended;
  }

  /** Stops it in its tracks: connections stay open and nothing is answered. `kill` works on it. */
  async freeze(): Promise<void> {
    this.program.signal("SIGSTOP");
    let state: string;
    do {
      state = (await runProgram("ps", ["-o", "state=", "-p", String(this.program.pid)])).stdout;
    } while (!state.includes("T"));
  }

  /** @internal */
  async untilListening(): Promise<void> {
    const limit = performance.now() + readyLimitMs;
    let hasEnded = false;
    void this.program.ended.then(() => {
      hasEnded = true;
    });
    while (this.address === "") {
      if (hasEnded || performance.now() > limit)
        throw new Error(`${this.name} does not listen: ${this.program.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/**
 * The go-micro program, built where it is not yet. `undefined`, after a line that says why, where that is not possible.
 *
 * @throws Error instead when the environment has `CI=true`: there everything must run
 */
export async function goPeer(): Promise<GoPeer | undefined> {
  const build = fileURLToPath(new URL("../build", import.meta.url));
  const end = await runProgram("bash", [build, "go-micro-0.1"], { limitMs: buildLimitMs }).catch(asFailed);
  if (end.code === 0) return new GoPeer(end.stdout.trim());

  const reason = `no go-micro to test against: ${end.stderr.trim().split("\n").slice(-3).join(" | ")}`;
  if (process.env.CI === "true") throw new Error(reason);
  console.log(`SKIP ${reason}`);
  return undefined;
}

const readyLimitMs = 15_000;
const maxLookups = 5;
const noneAvailable = "none available";
const stopLimitMs = 10_000;
const buildLimitMs = 600_000;

// No bash, or a build that takes for ever.
function asFailed(error: unknown): ProgramEnd {
  return { code: 1, stdout: "", stderr: String(error) };
}

// go-micro may log between the lines of the peer.
function parseLines(stdout: string): readonly GoLine[] {
  return stdout.split("\n").flatMap((line) => {
    try {
      return line.startsWith("{") || line.startsWith("[") ? [JSON.parse(line) as GoLine] : [];
    } catch {
      return [];
    }
  });
}
