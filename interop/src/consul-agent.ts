import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Program, runProgram, startProgram } from "./program.ts";

/** A Consul agent of its own, on free ports of the loopback interface. Whoever starts one stops it. */
export class ConsulAgent {
  /** `127.0.0.1:port` of its HTTP interface; the same after every start. */
  readonly address: string;
  private readonly binary: string;
  private readonly ports: readonly number[];
  private readonly folder: string;
  private readonly config: Readonly<Record<string, unknown>>;
  private program: Program | undefined;

  /** @internal */
  constructor(binary: string, ports: readonly number[], folder: string, config: Readonly<Record<string, unknown>>) {
    this.binary = binary;
    this.ports = ports;
    this.folder = folder;
    this.config = config;
    this.address = `127.0.0.1:${ports[0]}`;
  }

  /**
   * Starts it, again after {@link kill} or {@link stop}, and resolves when it has a leader. It comes back without what
   * it knew, as an agent whose disk was lost.
   */
  async start(): Promise<void> {
    const [http, dns, server, serfLan, serfWan] = this.ports;
    const ports = { http, dns, server, serf_lan: serfLan, serf_wan: serfWan, grpc: -1 };
    const config = JSON.stringify({ ports, limits: { http_max_conns_per_client: 200 }, ...this.config });
    const flags = ["-dev", "-bind=127.0.0.1", "-client=127.0.0.1", "-log-level=warn", `-hcl=${config}`];
    this.program = await startProgram(this.binary, ["agent", ...flags], { env: { HOME: this.folder } });
    await this.untilReady();
  }

  /** Asks its HTTP interface, and reads the JSON of the answer; `undefined` when that is empty or no JSON. */
  async ask(path: string, { method = "GET", body }: AskOptions = {}): Promise<unknown> {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await fetch(`http://${this.address}${path}`, { ...init, signal: AbortSignal.timeout(5000) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  /** Stops it in its tracks: connections stay open and nothing is answered. */
  freeze(): void {
    this.program?.signal("SIGSTOP");
  }

  /** Lets a frozen one go on. */
  thaw(): void {
    this.program?.signal("SIGCONT");
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    this.program?.signal("SIGKILL");
    await this.program?.ended;
    this.program = undefined;
  }

  /** Ends it for good and frees what it used. */
  async stop(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async untilReady(): Promise<void> {
    const limit = performance.now() + readyLimitMs;
    for (;;) {
      const leader = await this.ask("/v1/status/leader").catch(() => "");
      const self = leader ? await this.ask("/v1/health/service/consul?passing=1").catch(() => []) : [];
      if (Array.isArray(self) && self.length > 0) return;
      if (performance.now() > limit) {
        const output = `${this.program?.stdout}${this.program?.stderr}`;
        await this.kill();
        throw new Error(`the Consul agent has no leader within ${readyLimitMs} ms: ${output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** What {@link ConsulAgent.ask} can be told. */
export interface AskOptions {
  readonly method?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/**
 * Starts an agent, built where it is not yet. `undefined`, after a line that says why, where that is not possible.
 *
 * @param config what its configuration has besides ports and limits: `{ acl: { enabled: true } }`
 * @throws Error instead when the environment has `CI=true`: there everything must run
 */
export async function startConsul(config: Readonly<Record<string, unknown>> = {}): Promise<ConsulAgent | undefined> {
  const binary = await findConsul();
  if (binary === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), "micro-consul-"));
  const agent = new ConsulAgent(binary, await freePorts(5), folder, config);
  try {
    await agent.start();
    return agent;
  } catch (error) {
    await agent.stop();
    throw error;
  }
}

const readyLimitMs = 30_000;
const buildLimitMs = 900_000;

async function findConsul(): Promise<string | undefined> {
  const build = fileURLToPath(new URL("../build", import.meta.url));
  const end = await runProgram("bash", [build, "consul"], { limitMs: buildLimitMs }).catch((error: unknown) => ({
    code: 1,
    stdout: "",
    stderr: String(error),
  }));
  if (end.code === 0) return end.stdout.trim();

  const reason = `no Consul to test against: ${end.stderr.trim().split("\n").slice(-3).join(" | ")}; interop/build consul`;
  if (process.env.CI === "true") throw new Error(reason);
  console.log(`SKIP ${reason}`);
  return undefined;
}

/**
 * Ports that are free at the moment: the agent takes no port 0. They lie below those that systems give to connections,
 * or one of them would be taken while the agent is away and is to come back.
 */
async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = firstPort + Math.floor(Math.random() * portCount);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

const firstPort = 15_000;
const portCount = 15_000;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
