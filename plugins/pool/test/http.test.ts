import { createServer, type Socket } from "node:net";
import {
  bodyText,
  Cancellation,
  type Connection,
  type DialTarget,
  type Listener,
  MicroError,
  type ServerExchange,
} from "@micro/kernel";
import { eventually, leaks, within } from "@micro/kernel/testing";
import { HttpTransport } from "@micro/transport-http";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ConnectionPool } from "../src/index.ts";
import { message, target } from "./support/fake-transport.ts";

const test = suite("the connection pool over HTTP");

const limitMs = 10_000;

test("calls one after the other use one socket", async () => {
  await withServer(answer, async ({ pool, call }) => {
    for (let number = 0; number < 20; number++) assert.is(await call(String(number)), `answer to ${number}`);

    assert.is(pool.stats.dialed, 1);
    assert.is(pool.stats.reused, 19);
  });
});

test("a peer that closes an idle connection is noticed before its next use", async () => {
  await withServer(answer, async ({ pool, listener, call, listenAgain }) => {
    await call("one");
    listener.destroy();
    await listenAgain();

    await eventually(limitMs, "the end of the connection", () => pool.stats.idle === 0);

    assert.is(await call("two"), "answer to two");
    assert.is(pool.stats.dialed, 2);
  });
});

test("bytes that nobody asked for close an idle connection", async () => {
  const sockets: Socket[] = [];
  const reply = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined).on("data", () => socket.write(reply("asked")));
  });
  await within(limitMs, "listening", new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
  const { port } = server.address() as { port: number };
  const pool = poolOver(new HttpTransport());
  try {
    assert.is(await callOver(pool, `127.0.0.1:${port}`, "one"), "asked");

    sockets[0]?.write(reply("nobody asked"));
    await eventually(limitMs, "the end of the connection", () => pool.stats.idle === 0);

    assert.is(await callOver(pool, `127.0.0.1:${port}`, "two"), "asked");
    assert.is(sockets.length, 2);
  } finally {
    pool.close();
    for (const socket of sockets) socket.destroy();
    await within(limitMs, "closing", new Promise((resolve) => server.close(resolve)));
  }
});

test("in 3000 calls of which many are cancelled in the middle no answer arrives at another call", async () => {
  const later = (exchange: ServerExchange) => {
    const { body } = exchange.request;
    if (Number(bodyText(body)) % 3 === 0) setImmediate(() => setImmediate(() => answer(exchange)));
    else answer(exchange);
  };
  let answered = 0;
  let cancelled = 0;

  await withServer(later, async ({ pool, call }) => {
    const caller = async (first: number): Promise<void> => {
      for (let number = first; number < 3000; number += 16) {
        const cancellation = new Cancellation();
        if (number % 5 === 0) setImmediate(() => cancellation.abort(new Error("enough")));
        try {
          assert.is(await call(String(number), cancellation), `answer to ${number}`);
          answered++;
        } catch (error) {
          assert.ok(MicroError.is(error), String(error));
          assert.is((error as MicroError).code, 408);
          cancelled++;
        }
      }
    };
    await within(60_000, "all calls", Promise.all(Array.from({ length: 16 }, (_none, index) => caller(index))));

    assert.is(answered + cancelled, 3000);
    assert.ok(cancelled > 0 && answered > 2000, `${answered} answered, ${cancelled} cancelled`);
    assert.ok(pool.stats.reused > 1000, `${pool.stats.reused} reused`);
    assert.ok(pool.stats.idle <= 10);
  });
});

test("an error that the server answers with keeps the connection", async () => {
  const fails = (exchange: ServerExchange) =>
    exchange.reply({ header: {}, body: '{"id":0,"result":{},"error":"boom"}' });

  await withServer(fails, async ({ pool, call }) => {
    await call("one");
    await call("two");

    assert.is(pool.stats.dialed, 1);
  });
});

test("a refusal closes it", async () => {
  const refuses = (exchange: ServerExchange) => exchange.refuse(new MicroError("go.micro.server", 503, "not now"));

  await withServer(refuses, async ({ pool, call }) => {
    for (const body of ["one", "two"]) {
      const error = await call(body).catch((reason: unknown) => reason);
      assert.is((error as MicroError).code, 503);
    }

    assert.equal(pool.stats, { idle: 0, leased: 0, addresses: 0, dialed: 2, reused: 0 });
  });
});

test("a stream is never pooled", async () => {
  await withServer(answer, async ({ pool, listener }) => {
    const lease = await pool.acquire(target(listener.address));
    const stream = lease.open(message("stream"), target());

    const item = await within(limitMs, "an item", stream.receive());
    stream.close();
    lease.close();

    assert.is(bodyText((item as { body: string }).body), "answer to stream");
    assert.equal(pool.stats, { idle: 0, leased: 0, addresses: 0, dialed: 1, reused: 0 });
  });
});

test("a closed pool leaves no socket and no timer", async () => {
  const leaked = leaks(limitMs);

  await withServer(answer, async ({ call }) => {
    await Promise.all(Array.from({ length: 20 }, (_none, number) => call(String(number))));
  });

  assert.equal(await leaked(), []);
});

interface Server {
  readonly pool: ConnectionPool;
  readonly listener: Listener;
  call(body: string, cancellation?: Cancellation): Promise<string>;
  listenAgain(): Promise<void>;
}

async function withServer(
  accept: (exchange: ServerExchange) => void,
  run: (server: Server) => Promise<void>,
): Promise<void> {
  const transport = new HttpTransport();
  const listeners = [await within(limitMs, "listening", transport.listen({ address: "127.0.0.1:0" }, accept))];
  const listener = listeners[0] as Listener;
  const pool = poolOver(transport);
  try {
    await run({
      pool,
      listener,
      call: (body, cancellation) => callOver(pool, listener.address, body, cancellation),
      async listenAgain() {
        listeners.push(await within(limitMs, "listening", transport.listen({ address: listener.address }, accept)));
      },
    });
  } finally {
    pool.close();
    for (const each of listeners) each.destroy();
    await within(limitMs, "closing", Promise.all(listeners.map((each) => each.close())));
  }
}

function poolOver(transport: HttpTransport): ConnectionPool {
  return new ConnectionPool((to) => transport.dial(to.address, to), { size: 10 });
}

async function callOver(
  pool: ConnectionPool,
  address: string,
  body: string,
  cancellation?: Cancellation,
): Promise<string> {
  const limits: DialTarget = { address, deadline: performance.now() + limitMs, cancellation };
  const connection: Connection = await pool.acquire(limits);
  try {
    return bodyText((await connection.roundTrip(message(body), limits)).body);
  } finally {
    connection.close();
  }
}

function answer(exchange: ServerExchange): void {
  exchange.reply({ header: {}, body: `answer to ${bodyText(exchange.request.body)}` });
}

test.run();
