import { randomUUID } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { type Kernel, MicroError, startKernel } from "@micro/kernel";
import { standard } from "@micro/standard";
import { group, port } from "../../peers/multicast-datagram.ts";
import { median, type Pace } from "../rounds.ts";
import { type Table, withinMs } from "../table.ts";
import { WorkerProcess } from "../worker-process.ts";

/** How long it takes from the start of a service until a client in another process has its answer. */
export async function measureMdns({ rounds }: Pace): Promise<Table> {
  const [servers, sender] = [worker("micro-node.ts"), worker("multicast-datagram.ts")];
  const client = await startKernel({ plugins: [standard()] });
  const socket = await openSocket();
  const asked: number[] = [];
  const watched: number[] = [];
  const datagrams: number[] = [];
  try {
    await timeUntilCalled(servers, client);
    for (let round = 0; round < Math.max(rounds, leastRounds); round++) {
      asked.push(await timeUntilCalled(servers, client));
      watched.push(await timeUntilSeen(servers, client));
      datagrams.push(await timeOfDatagram(sender, socket));
    }
  } finally {
    socket.close();
    await Promise.all([client.stop(), servers.close(), sender.close()]);
  }
  const bare = median(datagrams);
  const lines = [
    withinMs("until a client that keeps calling has an answer, median | a datagram", median(asked), bare, 200),
    withinMs("the same, slowest round", Math.max(...asked), bare, 200),
    withinMs("until a client that watches has called, median", median(watched), bare, 200),
    withinMs("the same, slowest round", Math.max(...watched), bare, 200),
  ];
  return { title: `mdns: a new service called from another process, ${asked.length} services each`, lines, notes };
}

const leastRounds = 9;

function worker(peer: string): WorkerProcess {
  return new WorkerProcess(new URL(`../../peers/${peer}`, import.meta.url));
}

async function timeUntilCalled(servers: WorkerProcess, { client }: Kernel): Promise<number> {
  const name = newName();
  const serving = servers.serve(name);
  for (;;) {
    try {
      await client.call(name, "Say.Hello");
      const end = process.hrtime.bigint();
      return msBetween(await serving, end);
    } catch (error) {
      if (!MicroError.is(error) || error.code !== 404) throw error;
    }
  }
}

async function timeUntilSeen(servers: WorkerProcess, kernel: Kernel): Promise<number> {
  const name = newName();
  const seen = new Promise<void>((resolve) => {
    const watch = kernel.get("registry").watch(({ service }) => {
      if (service.name !== name) return;
      watch.close();
      resolve();
    });
  });
  const serving = servers.serve(name);
  await seen;
  await kernel.client.call(name, "Say.Hello");
  const end = process.hrtime.bigint();
  return msBetween(await serving, end);
}

async function openSocket(): Promise<Socket> {
  const socket = createSocket({ type: "udp4", reuseAddr: true }).bind(port);
  await once(socket, "listening");
  socket.addMembership(group);
  return socket;
}

async function timeOfDatagram(sender: WorkerProcess, socket: Socket): Promise<number> {
  const arrived = once(socket, "message", { signal: AbortSignal.timeout(5000) }).then(() => process.hrtime.bigint());
  const begin = await sender.serve(newName());
  return msBetween(begin, await arrived);
}

function newName(): string {
  return `bench.mdns.${randomUUID().slice(0, 8)}`;
}

// All processes of a machine share this clock.
function msBetween(begin: string, end: bigint): number {
  return Number(end - BigInt(begin)) / 1e6;
}

const notes = [
  "The clock starts when the other process begins to serve, so listening and registering count, and so does the call.",
  "The peer is one bare multicast datagram between two processes: what no discovery can undercut.",
];
