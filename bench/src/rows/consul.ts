import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { fileURLToPath } from "node:url";
import { deflateSync } from "node:zlib";
import { ConsulRegistry } from "@micro/registry-consul";
import { type ConsulAgent, startConsul } from "../../../interop/src/consul-agent.ts";
import type { FleetReport } from "../../peers/consul-fleet.ts";
import { findGoMicro, GoServer, goClient, untilReachable } from "../../peers/go-micro.ts";
import { interleave, median, type Pace } from "../rounds.ts";
import { atLeast, atMost, type Line, milliseconds, nanosecondsEach, perSecond, type Table } from "../table.ts";
import { WorkerProcess } from "../worker-process.ts";

/** What discovery by Consul costs, on a real agent: calls with cache and pool, changes, and a large fleet. */
export async function measureConsul(pace: Pace): Promise<Table> {
  const agent = await startConsul();
  const title = "consul: --registry=consul --selector=cache --client_pool_size=10";
  if (agent === undefined) return { title, lines: [], notes: ["SKIPPED: there is no Consul; interop/build consul"] };
  // The processes of the contestants inherit it.
  process.env.BENCH_CONSUL = agent.address;
  try {
    const lines = [
      ...(await measureChanges(agent)),
      ...(await measureCalls(agent, pace)),
      ...(await measureFleet(agent)),
    ];
    return { title, lines, notes };
  } finally {
    await agent.stop();
  }
}

async function measureChanges(agent: ConsulAgent): Promise<readonly Line[]> {
  const registry = new ConsulRegistry({ address: agent.address });
  const keepAlive = new Agent({ keepAlive: true });
  const [ours, bare]: [number[], number[]] = [[], []];
  try {
    const name = `bench.consul.${randomUUID().slice(0, 8)}`;
    await addNode(agent, name, 0);
    await registry.getService(name);
    for (let round = 1; round <= 20; round++) {
      bare.push(await timeOfBlockingQuery(agent, keepAlive, name, 2 * round));
      ours.push(await timeOfEvent(agent, registry, name, 2 * round + 1));
    }
  } finally {
    keepAlive.destroy();
    await registry.close();
  }
  const ratio = median(ours) / median(bare);
  return [
    atMost(
      "a node more seen | a bare blocking query",
      milliseconds(median(ours)),
      milliseconds(median(bare)),
      ratio,
      1.5,
    ),
  ];
}

async function measureCalls(agent: ConsulAgent, pace: Pace): Promise<readonly Line[]> {
  const go = await findGoMicro();
  if ("missing" in go) return [];
  const over = ["--registry=consul", `--registry_address=${agent.address}`];
  const [ourName, goName] = [`bench.ours.${randomUUID().slice(0, 8)}`, `bench.go.${randomUUID().slice(0, 8)}`];
  const peer = new URL("../../peers/micro-consul.ts", import.meta.url);
  const [server, client] = [new WorkerProcess(peer), new WorkerProcess(peer)];
  const goServer = new GoServer(go.path, goName, over);
  try {
    await client.connect(await server.serve(ourName), { poolSize: 10 });
    await untilReachable(go.path, goName, over);
    const lines: Line[] = [];
    for (const callers of [16, 128]) {
      const samples = await interleave(
        [{ name: "ours", measure: (ms) => client.load(callers, ms) }, goClient(go.path, "go", goName, callers, over)],
        pace,
      );
      const [own, theirs] = [perSecond(samples.median("ours")), perSecond(samples.median("go"))];
      lines.push(atLeast(`${callers} callers | go-micro 0.1 by itself`, own, theirs, samples.ratio("ours", "go"), 8));
    }
    return lines;
  } finally {
    await Promise.all([client.close(), server.close(), goServer.close()]);
  }
}

async function measureFleet(agent: ConsulAgent): Promise<readonly Line[]> {
  await fillFleet(agent);
  const script = fileURLToPath(new URL("../../peers/consul-fleet.ts", import.meta.url));
  const child = fork(script, [fleetPrefix], { execArgv: [...process.execArgv, "--expose-gc"] });
  const [report] = (await once(child, "message", { signal: AbortSignal.timeout(120_000) })) as [FleetReport];
  const what = `${report.services.toLocaleString("en")} services x 3 nodes`;
  const pick = report.plainPicks / report.picks;
  return [
    limit(`${what}: list`, milliseconds(report.listMs), "1000 ms", report.listMs / 1000),
    limit(`${what}: all looked up once`, milliseconds(report.lookupMs), "", Number.NaN),
    atMost(`${what}: pick | plain array`, nanosecondsEach(report.picks), nanosecondsEach(report.plainPicks), pick, 3),
    limit(`${what}: memory of the process`, `${report.memory.toFixed(0)} MiB`, "200 MiB", report.memory / 200),
    limit(`${what}: connections to Consul`, String(report.connections), "8", report.connections / 8),
  ];
}

const fleetPrefix = "bench.fleet.";
const fleetSize = 10_000;
const fleetTags = [tag("t", '{"transport":"http"}'), tag("v", "1.0.0")];

function tag(kind: string, text: string): string {
  return `${kind}-${deflateSync(text).toString("hex")}`;
}

/** Three synthetic nodes with every service on each, by transactions: registering one by one takes minutes. */
async function fillFleet(agent: ConsulAgent): Promise<void> {
  const operations: unknown[] = [1, 2, 3].map((node) => ({
    Node: { Verb: "set", Node: { Node: `bench-${node}`, Address: `10.0.0.${node}` } },
  }));
  for (let service = 0; service < fleetSize; service++) {
    for (const node of [1, 2, 3]) {
      const name = `${fleetPrefix}${service}`;
      const Service = {
        ID: `${name}-${node}`,
        Service: name,
        Address: `10.0.0.${node}`,
        Port: 9000,
        Tags: fleetTags,
      };
      operations.push({ Service: { Verb: "set", Node: `bench-${node}`, Service } });
    }
  }
  for (let from = 0; from < operations.length; from += 64) {
    await agent.ask("/v1/txn", { method: "PUT", body: operations.slice(from, from + 64) });
  }
}

function limit(what: string, ours: string, most: string, part: number): Line {
  const isLimited = most !== "";
  const target = isLimited ? `<= ${most}` : "";
  return { what, ours, peer: "", ratio: "", target, reached: isLimited ? part <= 1 : undefined };
}

async function timeOfEvent(agent: ConsulAgent, registry: ConsulRegistry, name: string, node: number): Promise<number> {
  const id = `${name}-${node}`;
  const seen = new Promise<number>((resolve) => {
    const watch = registry.watch(({ service }) => {
      if (!service.nodes.some((one) => one.id === id)) return;
      watch.close();
      resolve(performance.now());
    });
  });
  await pause(1100);
  const began = performance.now();
  void addNode(agent, name, node);
  return (await seen) - began;
}

async function timeOfBlockingQuery(agent: ConsulAgent, keepAlive: Agent, name: string, node: number): Promise<number> {
  const path = `/v1/health/service/${name}`;
  const index = await query(agent, keepAlive, path);
  const waiting = query(agent, keepAlive, `${path}?index=${index}&wait=55s`).then(() => performance.now());
  await pause(1100);
  const began = performance.now();
  void addNode(agent, name, node);
  return (await waiting) - began;
}

function query(agent: ConsulAgent, keepAlive: Agent, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(`http://${agent.address}${path}`, { agent: keepAlive }, (response) => {
      response.resume().on("end", () => resolve(String(response.headers["x-consul-index"])));
    });
    sent.on("error", reject).end();
  });
}

async function addNode(agent: ConsulAgent, name: string, node: number): Promise<void> {
  const body = {
    ID: `${name}-${node}`,
    Name: name,
    Address: "127.0.0.1",
    Port: 9000 + node,
    Tags: fleetTags,
  };
  await agent.ask("/v1/agent/service/register", { method: "PUT", body });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const notes = [
  "A real agent on this machine. Between two changes there is a pause of 1.1 s, in which whoever limits its own rate may ask again.",
  "go-micro runs with the same flags: --registry=consul --selector=cache --client_pool_size=10.",
];
