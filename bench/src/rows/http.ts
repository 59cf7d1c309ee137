import { randomUUID } from "node:crypto";
import { findGoMicro, GoServer, goClient, untilReachable } from "../../peers/go-micro.ts";
import type { PeerSettings } from "../peer.ts";
import { type Contestant, interleave, type Pace, type Samples } from "../rounds.ts";
import { atLeast, compared, type Line, perSecond, type Table } from "../table.ts";
import { WorkerProcess } from "../worker-process.ts";

/** A call over HTTP, the whole client and server in two processes, beside undici and go-micro. */
export async function measureHttp(pace: Pace): Promise<Table> {
  const goMicro = await findGoMicro();
  const field = new Field("path" in goMicro ? goMicro.path : undefined);
  try {
    await field.start();
    const lines: Line[] = [];
    for (const callers of [1, 16, 128]) {
      lines.push(...linesOf(await interleave(field.contestants(callers), pace), callers, field.hasGo));
    }
    const title = "http: a call over HTTP with JSON-RPC, client and server in two processes";
    return { title, lines, notes: "missing" in goMicro ? [...notes, skipped(goMicro.missing)] : notes };
  } finally {
    await field.close();
  }
}

/** One number of callers is enough to compare two codecs, and each more would take its time. */
const protobufCallers = 16;

/** Everybody who takes part, each end in its own process. */
class Field {
  readonly #ourName = `bench.micro.${randomUUID().slice(0, 8)}`;
  readonly #protoName = `bench.proto.${randomUUID().slice(0, 8)}`;
  readonly #goName = `bench.go.${randomUUID().slice(0, 8)}`;
  readonly #clients = new Map<string, WorkerProcess>();
  readonly #closers: (() => Promise<void>)[] = [];
  readonly #goPath: string | undefined;

  constructor(goPath: string | undefined) {
    this.#goPath = goPath;
  }

  get hasGo(): boolean {
    return this.#goPath !== undefined;
  }

  async start(): Promise<void> {
    const ours = new URL("../../peers/micro-http.ts", import.meta.url);
    const proto = new URL("../../peers/micro-http-proto.ts", import.meta.url);
    const undici = new URL("../../peers/undici-http.ts", import.meta.url);
    const ourAddress = await this.#startWorker(ours).serve(this.#ourName);
    await this.#startClient("kept", ours, ourAddress, { poolSize: 10 });
    await this.#startClient("fresh", ours, ourAddress, { poolSize: 0 });
    await this.#startClient("protobuf", proto, await this.#startWorker(proto).serve(this.#protoName), { poolSize: 10 });
    await this.#startClient("undici", undici, await this.#startWorker(undici).serve(""), { poolSize: 10 });
    if (this.#goPath !== undefined) await this.#startGo(this.#goPath);
  }

  contestants(callers: number): Contestant[] {
    const taking = [...this.#clients].filter(([name]) => name !== "protobuf" || callers === protobufCallers);
    const nodes = taking.map(([name, client]) => ({
      name,
      measure: (ms: number) => client.load(callers, ms),
    }));
    if (this.#goPath === undefined) return nodes;
    return [
      ...nodes,
      goClient(this.#goPath, "go to go", this.#goName, callers),
      goClient(this.#goPath, "go to us", this.#ourName, callers),
    ];
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
  }

  async #startClient(name: string, peer: URL, address: string, settings: PeerSettings): Promise<void> {
    const client = this.#startWorker(peer);
    await client.connect(address, settings);
    this.#clients.set(name, client);
  }

  #startWorker(peer: URL): WorkerProcess {
    const worker = new WorkerProcess(peer);
    this.#closers.push(() => worker.close());
    return worker;
  }

  async #startGo(path: string): Promise<void> {
    const server = new GoServer(path, this.#goName);
    this.#closers.push(() => server.close());
    await untilReachable(path, this.#goName);
    await untilReachable(path, this.#ourName);
  }
}

function linesOf(samples: Samples, callers: number, hasGo: boolean): Line[] {
  const rate = (name: string): string => perSecond(samples.median(name));
  const label = (what: string): string => `${String(callers).padStart(3)} callers: ${what}`;
  const undici = samples.ratio("kept", "undici");
  const lines = [
    atLeast(label("10 kept | undici"), rate("kept"), rate("undici"), undici, callers === 1 ? 1.3 : 1.6),
    compared(label("1 a call | 10 kept"), rate("fresh"), rate("kept"), samples.ratio("fresh", "kept")),
  ];
  if (callers === protobufCallers) {
    const [proto, json] = [rate("protobuf"), rate("kept")];
    lines.push(compared(label("10 kept, protobuf | JSON"), proto, json, samples.ratio("protobuf", "kept")));
  }
  if (!hasGo) return lines;
  // One caller keeps one of the ten connections busy and waits for most of the time, so no target was set for it.
  const against = callers === 1 ? compared : atLeast;
  const [ratio, served] = [samples.ratio("kept", "go to go"), samples.ratio("go to us", "go to go")];
  return [
    ...lines,
    against(label("10 kept | go-micro by itself"), rate("kept"), rate("go to go"), ratio, 8),
    against(label("go client served by us | by Go"), rate("go to us"), rate("go to go"), served, 3),
  ];
}

function skipped(why: string): string {
  return `SKIPPED the lines of go-micro 0.1: ${why}`;
}

const notes = [
  "Ours is standard() at both ends: found by multicast DNS, picked by the selector, with wraps, default timeout and pool.",
  "The protobuf line is the same with codec-proto-rpc at both ends and schemas of protobuf-es.",
  "undici is Pool(10) to node:http with JSON and nothing else. go-micro runs with --selector=cache --client_pool_size=10.",
  '"1 a call" opens a connection for each call (pool size 0), as go-micro 2016 does by default.',
];
