// A process of its own that knows every service of a large fleet in Consul, and tells what that takes.

import { readdir, readFile, readlink } from "node:fs/promises";
import { type ServiceNode, startKernel } from "@micro/kernel";
import { registryConsul } from "@micro/registry-consul";
import { CachedRegistry, cacheSelector } from "@micro/selector-cache/registry";
import { standard } from "@micro/standard";
import { repeat } from "../src/load.ts";

/** What knowing the fleet took. */
export interface FleetReport {
  readonly services: number;
  readonly listMs: number;
  /** Until every service was looked up once. */
  readonly lookupMs: number;
  /** Picks a second of a node of a service, and of an element of a plain array. */
  readonly picks: number;
  readonly plainPicks: number;
  /** Resident, in MiB, of the whole process after a garbage collection. */
  readonly memory: number;
  readonly connections: number;
}

const address = process.env.BENCH_CONSUL ?? "127.0.0.1:8500";
const prefix = process.argv[2] ?? "";

const settings = { registry: "consul", registry_address: [address], selector: "cache" };
const kernel = await startKernel({ plugins: [standard(), registryConsul()], settings });
const registry = kernel.get("registry");
// As the cache and `micro dev` do: whoever knows a fleet also wants to hear of its changes.
registry.watch(() => {});
const began = performance.now();
const names = (await registry.listServices()).filter((name) => name.startsWith(prefix));
const listMs = performance.now() - began;
const cached = new CachedRegistry(registry);
const lookupBegan = performance.now();
await lookUp(names);
const lookupMs = performance.now() - lookupBegan;
const report: FleetReport = {
  services: names.length,
  listMs,
  lookupMs,
  ...pickRates(names[names.length >> 1] ?? ""),
  memory: await memory(),
  connections: await countConnections(Number(address.split(":")[1])),
};
process.send?.(report);
await kernel.stop();
process.disconnect?.();

async function lookUp(all: readonly string[]): Promise<void> {
  const left = [...all];
  const worker = async (): Promise<void> => {
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      const nodes = (await cached.getService(name)).flatMap((record) => record.nodes);
      if (nodes.length !== 3) throw new Error(`${name} has ${nodes.length} nodes, not 3`);
    }
  };
  await Promise.all(Array.from({ length: 64 }, worker));
}

function pickRates(service: string): Pick<FleetReport, "picks" | "plainPicks"> {
  const selector = cacheSelector(cached);
  const selection = { service, method: "Say.Hello", filters: [] };
  const nodes = ["a", "b", "c"].map((id): ServiceNode => ({ id, address: "127.0.0.1:9000", metadata: {} }));
  const pick = (): number => (selector.pick(selection) as ServiceNode).id.length;
  const plain = (): number => (nodes[Math.floor(Math.random() * nodes.length)] as ServiceNode).id.length;
  repeat(plain, 200);
  repeat(pick, 200);
  return { picks: repeat(pick, 500), plainPicks: repeat(plain, 500) };
}

async function memory(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 2000));
  globalThis.gc?.();
  const status = await readFile("/proc/self/status", "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}

/** How many TCP connections this process has to the port. Linux. */
async function countConnections(port: number): Promise<number> {
  const descriptors = await readdir("/proc/self/fd");
  const links = await Promise.all(descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "")));
  const own = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
  const remote = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = (await readFile("/proc/self/net/tcp", "utf8")).split("\n").map((line) => line.trim().split(/\s+/));
  return lines.filter((fields) => fields[2]?.endsWith(remote) && own.has(fields[9] ?? "")).length;
}
