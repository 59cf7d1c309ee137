import assert from "node:assert/strict";
import { type Message, MicroError } from "@micro/wire";
import { suite } from "uvu";
import type { ServerExchange } from "../../src/contracts/transport.ts";
import { createMemoryNetwork, MemoryTransport } from "../../src/memory/index.ts";
import { within } from "../../src/testing/index.ts";

const test = suite("memory transport");

const limits = { deadline: Number.POSITIVE_INFINITY, cancellation: undefined };
const message: Message = { header: {}, body: "" };

for (const [asked, bound] of [
  [":0", /^memory:\d+$/],
  ["memory:0", /^memory:\d+$/],
  ["0.0.0.0:0", /^0\.0\.0\.0:\d+$/],
  ["[::]:0", /^\[::\]:\d+$/],
  ["127.0.0.1:8080", /^127\.0\.0\.1:8080$/],
  ["memory:8000-8010", /^memory:8000$/],
] as const) {
  test(`listening on ${asked} says what was bound, with the host that was asked for`, async () => {
    const listener = await new MemoryTransport().listen({ address: asked }, reply);

    assert.match(listener.address, bound);
  });
}

for (const wrong of ["", "8080", "memory", "memory:", "memory:70000", "memory:9-8", "memory:0-9", "::1:80"]) {
  test(`"${wrong}" is no address to listen on`, async () => {
    const error = await new MemoryTransport().listen({ address: wrong }, reply).catch((reason: unknown) => reason);

    assert.ok(MicroError.is(error) && error.reason === "listen_failed" && error.detail.includes(`"${wrong}"`));
  });
}

test("a range without a free port is in use", async () => {
  const transport = new MemoryTransport();
  await transport.listen({ address: "memory:1-2" }, reply);
  await transport.listen({ address: "memory:1-2" }, reply);

  await assert.rejects(transport.listen({ address: "memory:1-2" }, reply), /memory:1-2 is in use/);
});

test("a port can be listened on again when its listener was paused, and belongs to the new one then", async () => {
  const transport = new MemoryTransport();
  const before = await transport.listen({ address: "memory:80" }, reply);
  await before.pause();
  await transport.listen({ address: "memory:80" }, reply);

  await before.close();

  await transport.dial("memory:80", limits);
});

test("transports without a common network do not reach each other", async () => {
  const listener = await new MemoryTransport().listen({ address: ":0" }, reply);

  await assert.rejects(new MemoryTransport().dial(listener.address, limits), /nobody listens at memory:1/);
});

test("transports with a common network reach each other", async () => {
  const network = createMemoryNetwork();
  const listener = await new MemoryTransport(network).listen({ address: ":0" }, reply);

  const connection = await new MemoryTransport(network).dial(listener.address, limits);

  await within(1000, "the reply", connection.roundTrip(message, limits));
});

test("nothing in a message is shared between its two ends", async () => {
  const accepted: ServerExchange[] = [];
  const transport = new MemoryTransport();
  const listener = await transport.listen({ address: ":0" }, (exchange) => accepted.push(exchange));
  const connection = await transport.dial(listener.address, limits);
  const sent = { header: { "X-User-Id": "john" }, body: Buffer.from("hello") };

  const stream = connection.open(sent, limits);
  void stream.send(sent);
  sent.header["X-User-Id"] = "somebody else";
  sent.body.fill("x");
  await turn();
  const [exchange] = accepted as [ServerExchange];

  for (const received of [exchange.request, await within(1000, "the message", exchange.receive())]) {
    assert.equal(received?.header["X-User-Id"], "john");
    assert.equal(Buffer.from(received?.body as Uint8Array).toString(), "hello");
    assert.ok(Object.isFrozen(received?.header));
  }
});

test("an exchange is accepted in a later turn, and not at all when it was given up before", async () => {
  let accepted = 0;
  const transport = new MemoryTransport();
  const listener = await transport.listen({ address: ":0" }, () => accepted++);
  const connection = await transport.dial(listener.address, limits);

  connection.open(message, limits).close();
  connection.open(message, limits);

  assert.equal(accepted, 0);
  await turn();
  assert.equal(accepted, 1);
});

test("sixteen messages wait for a reader, and the sender with them", async () => {
  const accepted: ServerExchange[] = [];
  const transport = new MemoryTransport();
  const listener = await transport.listen({ address: ":0" }, (exchange) => accepted.push(exchange));
  const stream = (await transport.dial(listener.address, limits)).open(message, limits);
  let sent = 0;

  const sending = (async () => {
    for (; sent < 100; sent++) await stream.send(message);
  })();
  for (let count = 0; count < 50; count++) await turn();
  assert.equal(sent, 15, "the sixteenth is taken, and its sender waits");

  const [exchange] = accepted as [ServerExchange];
  for (let count = 0; count < 100; count++) await within(1000, "the message", exchange.receive());
  await within(1000, "the sender", sending);
});

test("two ends that keep each other busy let a timer fire", async () => {
  let done = false;
  const transport = new MemoryTransport();
  const sendForEver = async (exchange: ServerExchange): Promise<void> => {
    while (!done) await exchange.send(message);
  };
  const listener = await transport.listen({ address: ":0" }, (exchange) => void sendForEver(exchange));
  const stream = (await transport.dial(listener.address, limits)).open(message, limits);
  let fired = false;
  setTimeout(() => {
    fired = true;
  }, 5);

  await within(5000, "the timer", async () => {
    while (!fired) await stream.receive();
  });

  done = true;
  stream.close();
});

test("a server that sends for ever to a client that is gone lets a timer fire", async () => {
  let done = false;
  const transport = new MemoryTransport();
  const sendForEver = async (exchange: ServerExchange): Promise<void> => {
    while (!done) await exchange.send(message);
  };
  const listener = await transport.listen({ address: ":0" }, (exchange) => void sendForEver(exchange));
  const stream = (await transport.dial(listener.address, limits)).open(message, limits);
  await within(1000, "the first message", stream.receive());

  stream.close();

  await new Promise((resolve) => setTimeout(resolve, 5));
  done = true;
});

test("sending after the end is a mistake of the caller", async () => {
  const transport = new MemoryTransport();
  const listener = await transport.listen({ address: ":0" }, () => {});
  const stream = (await transport.dial(listener.address, limits)).open(message, limits);

  stream.end();

  await assert.rejects(stream.send(message), TypeError);
});

test("receiving twice at once is a mistake of the caller", async () => {
  const transport = new MemoryTransport();
  const listener = await transport.listen({ address: ":0" }, (exchange) => setImmediate(() => exchange.reply(message)));
  const stream = (await transport.dial(listener.address, limits)).open(message, limits);

  const first = stream.receive();

  await assert.rejects(stream.receive(), TypeError);
  await within(1000, "the reply", first);
});

test("a cause and a reason stay with whoever refused", async () => {
  const refusal = new MicroError("kit", 503, "busy", { cause: new Error("why"), reason: "ours", notProcessed: true });
  const transport = new MemoryTransport();
  const listener = await transport.listen({ address: ":0" }, (exchange) => exchange.refuse(refusal));
  const connection = await transport.dial(listener.address, limits);

  const error = await connection.roundTrip(message, limits).catch((reason: unknown) => reason);

  assert.ok(MicroError.is(error) && error !== refusal);
  assert.equal(error.cause, undefined);
  assert.equal(error.reason, undefined);
  assert.equal(error.notProcessed, true);
});

test.run();

function reply(exchange: ServerExchange): void {
  exchange.reply(message);
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
