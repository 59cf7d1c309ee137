import { fileURLToPath } from "node:url";
import { type Program, type ProgramEnd, runProgram, startProgram } from "./program.ts";
import { randomName } from "./random-name.ts";

/** The releases of go-micro that there are programs of: the wire of June 2016, and the last of that line. */
export type GoRelease = "0.1" | "1.18";

/** The go-micro program of one release. */
export class GoPeer {
  readonly release: GoRelease;
  /** What runs it. */
  readonly binary: string;
  private readonly common: readonly string[];

  /** @param common flags of every command; where services are found, above all */
  constructor(release: GoRelease, binary: string, common: readonly string[] = ["--registry=mdns"]) {
    this.release = release;
    this.binary = binary;
    this.common = common;
  }

  /** The same program with other flags for every command: `["--registry=consul", "--selector=cache"]`. */
  with(common: readonly string[]): GoPeer {
    return new GoPeer(this.release, this.binary, common);
  }

  /**
   * Serves the greeter and resolves when a client of go-micro gets an answer from it.
   *
   * @throws Error with what it wrote when it ends before, or does not answer
   */
  async serve({ name = randomName(), topic, queue, flags = [] }: ServeGoOptions = {}): Promise<GoServer> {
    const words = [topic ?? "topic.greeter", ...(queue === undefined ? [] : [queue])];
    const allFlags = [...this.common, `--server_name=${name}`, ...serveFlags[this.release], ...flags];
    const program = await startProgram(this.binary, ["serve", ...words, ...allFlags]);
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
      const end = await runProgram(this.binary, [...words, ...this.common, ...flags], options);
      const isUnheard = end.code !== 0 && nothingHeard.test(end.stdout);
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
  /** The topic that it subscribes to. Default `topic.greeter`. */
  readonly topic?: string;
  /** The queue group in which it subscribes. Default none: it gets every message. */
  readonly queue?: string;
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

/** The programs of all releases, or `undefined` as {@link goPeer}. */
export async function goPeers(): Promise<Readonly<Record<GoRelease, GoPeer>> | undefined> {
  const old = await goPeer("0.1");
  const later = old === undefined ? undefined : await goPeer("1.18");
  return old === undefined || later === undefined ? undefined : { "0.1": old, "1.18": later };
}

/**
 * A go-micro program, built where it is not yet. `undefined`, after a line that says why, where that is not possible.
 *
 * @throws Error instead when the environment has `CI=true`: there everything must run
 */
export async function goPeer(release: GoRelease = "0.1"): Promise<GoPeer | undefined> {
  const build = fileURLToPath(new URL("../build", import.meta.url));
  const end = await runProgram("bash", [build, `go-micro-${release}`], { limitMs: buildLimitMs }).catch(asFailed);
  if (end.code === 0) return new GoPeer(release, end.stdout.trim());

  const reason = `no go-micro to test against: ${end.stderr.trim().split("\n").slice(-3).join(" | ")}`;
  if (process.env.CI === "true") throw new Error(reason);
  console.log(`SKIP ${reason}`);
  return undefined;
}

// 1.18 listens everywhere and advertises the first private address, or, where there is none, the text "<nil>".
const serveFlags: Readonly<Record<GoRelease, readonly string[]>> = {
  "0.1": [],
  "1.18": ["--server_address=127.0.0.1:0", "--broker_address=127.0.0.1:0"],
};

const readyLimitMs = 15_000;
const maxLookups = 5;
const nothingHeard = /none available|service \S+: not found/;
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
