import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { codecJsonRpc } from "@micro/codec-json-rpc";
import { type Kernel, MicroError, startKernel } from "@micro/kernel";
import { within } from "@micro/kernel/testing";
import { retry } from "@micro/retry";
import { transportHttp } from "@micro/transport-http";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type PoolEvent, pool } from "../src/index.ts";
import { seeded } from "./support/seeded.ts";

const test = suite("calls to servers that close idle connections");

// POOL_ROUNDS=100000 for the long form.
const random = seeded(2016);
const rounds = Number(process.env.POOL_ROUNDS ?? 3000);

test(`of ${rounds} calls the idempotent ones all succeed, the others succeed or lost their connection, and none runs twice`, async () => {
  await withScene(keptTimes(), false, async ({ servers, call, executed, events }) => {
    const lost = new Map([
      [true, 0],
      [false, 0],
    ]);

    const about = (keptMs: number): number => keptMs - 3 + random(6);
    await play(servers, rounds, about, async (server, key, isIdempotent) => {
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
  const times = Array.from({ length: 40 }, () => 2000 + random(500));
  await withScene(times, true, async ({ servers, call, executed, events }) => {
    const upTo = (keptMs: number): number => random(keptMs + 4);
    await play(servers, 160, upTo, async (server, key) => assert.is(await call(server, key, false), key));

    assert.is(executed.size, 160);
    assert.ok([...executed.values()].every((number) => number === 1));
    assert.ok(count(events, "reuse") > 15, `${count(events, "reuse")} reused`);
    assert.ok(count(events, "dial") > 60, `${count(events, "dial")} dialled`);
  });
});

/** A caller for each server, who pauses between two calls. */
async function play(
  servers: readonly IdleServer[],
  total: number,
  pauseMs: (keptMs: number) => number,
  call: (server: IdleServer, key: string, isIdempotent: boolean) => Promise<void>,
): Promise<void> {
  let next = 0;
  const caller = async (server: IdleServer): Promise<void> => {
    for (let number = next++; number < total; number = next++) {
      await call(server, `call ${number}`, number % 2 === 0);
      await new Promise((resolve) => setTimeout(resolve, pauseMs(server.keptMs)));
    }
  };
  await within(20_000 + 10 * total, "all calls", Promise.all(servers.map(caller)));
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

async function withScene(times: readonly number[], hint: boolean, run: (scene: Scene) => Promise<void>): Promise<void> {
  const executed = new Map<string, number>();
  const events: PoolEvent[] = [];
  const listener = (event: unknown) => events.push(event as PoolEvent);
  const servers: (IdleServer & { readonly server: Server })[] = [];
  let kernel: Kernel | undefined;
  subscribe("micro:pool", listener);
  try {
    for (const keptMs of times) {
      servers.push(await listen(keptMs, hint, (key) => executed.set(key, (executed.get(key) ?? 0) + 1)));
    }
    // So many connections are lost here that the usual budget would end the tries.
    const patient = retry({ retries: 5, budget: 1, minPerSecond: 10_000, concurrency: 1 });
    const plugins = [transportHttp(), codecJsonRpc(), pool({ size: 8 }), patient];
    kernel = await within(5000, "the start", startKernel({ plugins }));
    await run({ servers, executed, events, call: caller(kernel) });
  } finally {
    unsubscribe("micro:pool", listener);
    if (kernel !== undefined) await within(5000, "the stop", kernel.stop());
    for (const { server } of servers) await close(server);
  }
}

// Most are short, so that there are many chances; with the long ones nearly every connection is found whole.
function keptTimes(): readonly number[] {
  const short = Array.from({ length: 40 }, () => 5 + random(25));
  return [...short, ...Array.from({ length: 10 }, () => 1000 + random(1000))];
}

function caller(kernel: Kernel): Scene["call"] {
  return ({ address }, key, idempotent) =>
    kernel.client
      .call<string>("go.micro.srv.ledger", "Ledger.Note", key, { address, idempotent, contentType: "application/json" })
      .catch((error: unknown) => {
        assert.ok(MicroError.is(error), String(error));
        return String((error as MicroError).reason);
      });
}

/** A server of Node that closes connections which are idle for so long. Node itself would add a second to that. */
async function listen(
  keptMs: number,
  hint: boolean,
  execute: (key: string) => void,
): Promise<IdleServer & { readonly server: Server }> {
  const server = createServer((request, response) => void answer(request, response, keptMs, hint, execute));
  server.keepAliveTimeout = 0;
  await within(5000, "listening", new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
  const { port } = server.address() as { port: number };
  return { address: `127.0.0.1:${port}`, keptMs, server };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  keptMs: number,
  hint: boolean,
  execute: (key: string) => void,
): Promise<void> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  const { id, params } = JSON.parse(text) as { id: number; params: readonly [string] };
  execute(params[0]);
  if (hint) response.setHeader("Keep-Alive", `timeout=${Math.floor(keptMs / 1000)}`);
  const { socket } = request;
  const idle = setTimeout(() => socket.destroy(), keptMs);
  for (const end of ["data", "close"]) socket.once(end, () => clearTimeout(idle));
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
