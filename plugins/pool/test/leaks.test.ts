import { codecJsonRpc } from "@micro/codec-json-rpc";
import { createMemoryNetwork, type DialTarget, defineService, MicroError, memory, startKernel } from "@micro/kernel";
import { eventually, leaks, within } from "@micro/kernel/testing";
import { HttpTransport, transportHttp } from "@micro/transport-http";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ConnectionPool, pool } from "../src/index.ts";
import { CarelessPool } from "./support/careless-pool.ts";
import { message } from "./support/fake-transport.ts";
import { openFiles } from "./support/open-files.ts";
import { UnrulyServer } from "./support/unruly-server.ts";

const test = suite("what stays behind");

const limitMs = 30_000;

if (openFiles() === undefined) console.log("SKIP counting open files: only Linux tells them, in /proc/self/fd");

test("a kernel that calls over real sockets with a pool starts and stops", async () => {
  // Also for the tests that follow: what Node opens once for good is open from here on.
  await startAndStop();
});

const greeter = defineService({
  name: "go.micro.srv.greeter",
  handlers: { Say: { Hello: ({ name }: { name: string }) => ({ msg: `Hello ${name}` }) } },
});

test("of 1000 addresses that left, nothing", async () => {
  await nothingStays(async () => {
    const { connections, target, close } = httpPool();
    for (let batch = 0; batch < 20; batch++) {
      const servers = await Promise.all(Array.from({ length: 50 }, () => UnrulyServer.listen()));
      await Promise.all(servers.map(({ address }) => ask(connections, { ...target, address }, "plain")));
      assert.is(connections.stats.addresses, 50);

      for (const { address } of servers) connections.closeAddress(address);

      assert.equal([connections.stats.addresses, connections.stats.idle], [0, 0]);
      await eventually(limitMs, "the end of the sockets", () => servers.every(({ open }) => open === 0));
      await Promise.all(servers.map((server) => server.close()));
    }
    assert.is(connections.stats.dialed, 1000);
    close();
  });
});

test("of 10,000 calls that met their deadline, nothing", async () => {
  await nothingStays(async () => {
    const server = await UnrulyServer.listen();
    const { connections, target, close } = httpPool({ limit: 0 });
    let late = 0;
    const caller = async (): Promise<void> => {
      for (let number = 0; number < 200; number++) {
        const deadline = performance.now() + 1 + (number % 5);
        const reason = await ask(connections, { ...target, address: server.address, deadline }, "never");
        assert.is(reason, "deadline_exceeded");
        late++;
      }
    };
    await within(100_000, "all calls", Promise.all(Array.from({ length: 50 }, caller)));

    assert.is(late, 10_000);
    assert.equal(connections.stats.idle, 0);
    await eventually(limitMs, "the end of the sockets", () => server.open === 0);
    close();
    await server.close();
  });
});

test("of kernels that start, call, and stop, 300 times and with another pool size each time, nothing", async () => {
  await nothingStays(async () => {
    for (let round = 0; round < 300; round++) await startAndStop(1 + (round % 7));
  });
});

test("of a dial hook that is composed anew with another kernel's settings, nothing of the old one", async () => {
  const server = await UnrulyServer.listen();
  const dial = async (to: DialTarget) => new HttpTransport().dial(to.address, to);
  const wraps = new Map<string, (next: typeof dial) => (to: DialTarget) => unknown>();
  const closers: (() => void)[] = [];
  const flags = { client_pool_size: 4, client_pool_limit: 100, client_pool_ttl: 60_000 };
  const hook = { tap: (name: string, wrap: never) => wraps.set(name, wrap) };
  await pool().setup?.({
    hooks: { dial: hook, discovered: { tap() {} } },
    flags,
    get: () => new HttpTransport(),
    defer: (closer: () => void) => closers.push(closer),
  } as never);
  const target = { address: server.address, deadline: performance.now() + limitMs, cancellation: undefined };
  try {
    for (let round = 0; round < 5; round++) {
      const acquire = wraps.get("pool")?.(dial) as (to: DialTarget) => ReturnType<typeof dial>;
      const leases = await Promise.all([acquire(target), acquire(target)]);
      for (const lease of leases) lease.close();
      await eventually(limitMs, "the end of the old ones", () => server.open === 2);
    }
    for (const close of closers) close();
    await eventually(limitMs, "the end of all", () => server.open === 0);
  } finally {
    for (const close of closers) close();
    await server.close();
  }
});

test("a pool without care keeps its sockets, and the count of open files shows it", async () => {
  const server = await UnrulyServer.listen();
  const careless = new CarelessPool();
  const before = openFiles();
  try {
    const target = { address: server.address, deadline: Number.POSITIVE_INFINITY, cancellation: undefined };
    const calls = Array.from({ length: 50 }, (_none, number) => careless.call(target, `plain ${number}`));
    await within(limitMs, "all calls", Promise.all(calls));
    for (const socket of server.sockets.slice(0, 10)) socket.end();
    await new Promise((resolve) => setTimeout(resolve, 100));

    assert.ok(careless.open >= 40, `${careless.open} open`);
    if (before !== undefined) assert.ok((openFiles() ?? 0) > before + 40, `${openFiles()} instead of ${before}`);
  } finally {
    careless.close();
    await server.close();
  }
});

/** Runs something, and compares open files, live resources and warnings with before. */
async function nothingStays(run: () => Promise<void>): Promise<void> {
  const before = openFiles();
  const leaked = leaks(limitMs);
  const warnings: string[] = [];
  const onWarning = ({ name, message: text }: Error) => warnings.push(`${name}: ${text}`);
  process.on("warning", onWarning);
  try {
    await run();
    assert.equal(await leaked(), []);
    if (before !== undefined) {
      await eventually(limitMs, "as few open files as before", () => Math.abs((openFiles() ?? 0) - before) <= 2);
    }
    assert.equal(warnings, []);
  } finally {
    process.off("warning", onWarning);
  }
}

/** Two kernels over real sockets: one serves, one calls with a pool. */
async function startAndStop(size = 1): Promise<void> {
  const network = createMemoryNetwork();
  const plugins = [memory({ network }), transportHttp(), codecJsonRpc()];
  const server = await within(limitMs, "the start", startKernel({ plugins }));
  const client = await within(limitMs, "the start", startKernel({ plugins: [...plugins, pool({ size })] }));
  try {
    await within(limitMs, "serving", server.serve(greeter, { address: "127.0.0.1:0" }));
    const names = Array.from({ length: 3 }, (_none, number) => `John ${number}`);
    const calls = names.map((name) => client.client.call(greeter.name, "Say.Hello", { name }));
    const answers = await within(limitMs, "the calls", Promise.all(calls));
    assert.equal(
      answers,
      names.map((name) => ({ msg: `Hello ${name}` })),
    );
  } finally {
    await within(limitMs, "the stop", client.stop());
    await within(limitMs, "the stop", server.stop());
  }
}

interface HttpPool {
  readonly connections: ConnectionPool;
  readonly target: Omit<DialTarget, "address">;
  close(): void;
}

function httpPool({ limit = 100 } = {}): HttpPool {
  const transport = new HttpTransport();
  const connections = new ConnectionPool((to) => transport.dial(to.address, to), { size: 10, limit });
  const target = { deadline: Number.POSITIVE_INFINITY, cancellation: undefined };
  return { connections, target, close: () => connections.close() };
}

/** The reason of the error that a call ends with, `undefined` when it is answered. */
async function ask(connections: ConnectionPool, target: DialTarget, body: string): Promise<string | undefined> {
  try {
    const connection = await connections.acquire(target);
    try {
      await connection.roundTrip(message(body), target);
      return undefined;
    } finally {
      connection.close();
    }
  } catch (error) {
    if (!MicroError.is(error)) throw error;
    return error.reason;
  }
}

test.run();
