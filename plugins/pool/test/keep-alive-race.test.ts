import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { codecJsonRpc } from "@micro/codec-json-rpc";
import { type Kernel, MicroError, startKernel } from "@micro/kernel";
import { within } from "@micro/kernel/testing";
import { transportHttp } from "@micro/transport-http";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type PoolEvent, pool } from "../src/index.ts";
import { seeded } from "./support/seeded.ts";

const test = suite("calls to servers that close idle connections");

// POOL_ROUNDS=100000 for the long form.
const rounds = Number(process.env.POOL_ROUNDS ?? 3000);

test(`of ${rounds} calls the idempotent ones all succeed, the others succeed or lost their connection, and none runs twice`, async () => {
  await withScene({ hint: false }, async ({ servers, call, executed, events }) => {
    const lost = new Map([
      [true, 0],
      [false, 0],
    ]);

    await play(servers, async (server, key, isIdempotent) => {
      const outcome = await call(server, key, isIdempotent);
      assert.ok(outcome === key || (outcome === "connection_lost" && !isIdempotent), `${key}: ${outcome}`);
      if (outcome !== key) lost.set(isIdempotent, (lost.get(isIdempotent) ?? 0) + 1);
      else assert.ok((executed.get(key) ?? 0) >= 1);
    });

    const twice = [...executed].filter(([, times]) => times > 1);
    assert.equal(twice, []);
    assert.ok(count(events, "reuse") > rounds / 20, `${count(events, "reuse")} reused`);
    console.log(
      `${rounds} calls, ${count(events, "dial")} dialled, ${count(events, "reuse")} reused, ${lost.get(false)} lost`,
    );
  });
});

test("where the servers say how long they keep a connection none is lost", async () => {
  await withScene({ hint: true }, async ({ servers, call, executed, events }) => {
    await play(servers, async (server, key) => assert.is(await call(server, key, false), key), Math.min(rounds, 3000));

    assert.ok([...executed.values()].every((times) => times === 1));
    assert.ok(count(events, "reuse") > 50, `${count(events, "reuse")} reused`);
    assert.ok(count(events, "dial") > 50, `${count(events, "dial")} dialled`);
  });
});

/** Thirty-two callers, who wait about as long between two calls as their server keeps a connection. */
async function play(
  servers: readonly IdleServer[],
  call: (server: IdleServer, key: string, isIdempotent: boolean) => Promise<void>,
  total = rounds,
): Promise<void> {
  const random = seeded(2016);
  let next = 0;
  const caller = async (): Promise<void> => {
    for (let number = next++; number < total; number = next++) {
      const server = servers[random(servers.length)] as IdleServer;
      await call(server, `call ${number}`, number % 2 === 0);
      // Those that keep connections for seconds are called without a pause, or this would take minutes.
      if (server.keptMs < 100) await new Promise((resolve) => setTimeout(resolve, server.keptMs - 3 + random(8)));
    }
  };
  await within(20_000 + 10 * total, "all calls", Promise.all(Array.from({ length: 32 }, caller)));
}

interface IdleServer {
  readonly address: string;
  readonly keptMs: number;
}

interface Scene {
  readonly servers: readonly IdleServer[];
  /** How often each key was executed. */
  readonly executed: ReadonlyMap<string, number>;
  readonly events: readonly PoolEvent[];
  /** Calls; resolves to what was answered, or to the reason of the error. */
  call(server: IdleServer, key: string, isIdempotent: boolean): Promise<string>;
}

async function withScene({ hint }: { readonly hint: boolean }, run: (scene: Scene) => Promise<void>): Promise<void> {
  const executed = new Map<string, number>();
  const events: PoolEvent[] = [];
  const listener = (event: unknown) => events.push(event as PoolEvent);
  const servers: (IdleServer & { readonly server: Server })[] = [];
  let kernel: Kernel | undefined;
  subscribe("micro:pool", listener);
  try {
    for (const keptMs of [5, 7, 10, 14, 20, 28, 40, 1500, 5000]) {
      servers.push(await listen(keptMs, hint, (key) => executed.set(key, (executed.get(key) ?? 0) + 1)));
    }
    const plugins = [transportHttp(), codecJsonRpc(), pool({ size: 8 })];
    kernel = await within(5000, "the start", startKernel({ plugins }));
    await run({ servers, executed, events, call: caller(kernel) });
  } finally {
    unsubscribe("micro:pool", listener);
    if (kernel !== undefined) await within(5000, "the stop", kernel.stop());
    for (const { server } of servers) await close(server);
  }
}

function caller(kernel: Kernel): Scene["call"] {
  return async ({ address }, key, isIdempotent) => {
    const options = { address, contentType: "application/json" };
    for (let number = 1; ; number++) {
      try {
        return await kernel.client.call<string>("go.micro.srv.ledger", "Ledger.Note", key, options);
      } catch (error) {
        assert.ok(MicroError.is(error), String(error));
        const { reason } = error as MicroError;
        if (!isIdempotent || reason !== "connection_lost" || number >= 10) return String(reason);
      }
    }
  };
}

/** A server of Node, which closes connections that are idle for that long. */
async function listen(
  keptMs: number,
  hint: boolean,
  execute: (key: string) => void,
): Promise<IdleServer & { readonly server: Server }> {
  const server = createServer((request, response) => void answer(request, response, hint, execute));
  server.keepAliveTimeout = keptMs;
  await within(5000, "listening", new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
  const { port } = server.address() as { port: number };
  return { address: `127.0.0.1:${port}`, keptMs, server };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  hint: boolean,
  execute: (key: string) => void,
): Promise<void> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  const { id, params } = JSON.parse(text) as { id: number; params: readonly [string] };
  execute(params[0]);
  // Node writes its Keep-Alive only where it writes Connection too.
  if (!hint) response.setHeader("Connection", "keep-alive");
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify({ id, result: params[0], error: null }));
}

async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await within(5000, "closing", closed);
}

function count(events: readonly PoolEvent[], name: PoolEvent["event"]): number {
  return events.filter(({ event }) => event === name).length;
}

test.run();
