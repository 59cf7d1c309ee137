import { once } from "node:events";
import { createServer } from "node:net";
import { Worker } from "node:worker_threads";
import type { ServerExchange } from "@micro/kernel";
import { HttpTransport } from "@micro/transport-http";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { RawClient, splitAddress } from "./support/raw-peer.ts";
import { echo, failure, never, requestBytes, serve, text } from "./support/serve.ts";
import { pause, until, within } from "./support/within.ts";

const test = suite("listeners");

/** Connects in a thread of its own, writes, and says when it did and what came back. */
const lateClient = `
  const { connect } = require("node:net");
  const { parentPort, workerData: { written, host, port, bytes } } = require("node:worker_threads");
  let text = "";
  const socket = connect(port, host, () => socket.write(bytes, () => {
    Atomics.store(written, 0, 1);
    Atomics.notify(written, 0);
  }));
  socket.on("data", (chunk) => { text += chunk; });
  socket.on("end", () => parentPort.postMessage(text));
  socket.on("error", (error) => parentPort.postMessage(error.code));
`;

async function hasIpv6(): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(0, "::1", () => server.close(() => resolve(true)));
  });
}

test("an address says what was bound, the host as it was asked for", async () => {
  const transport = new HttpTransport();
  const asked: [string, RegExp][] = [
    ["127.0.0.1:0", /^127\.0\.0\.1:\d+$/],
    ["0.0.0.0:0", /^0\.0\.0\.0:\d+$/],
    ["localhost:0", /^localhost:\d+$/],
    [":0", /^(\[::\]|0\.0\.0\.0):\d+$/],
  ];
  if (await hasIpv6()) asked.push(["[::1]:0", /^\[::1\]:\d+$/]);
  for (const [address, pattern] of asked) {
    const listener = await transport.listen({ address }, echo);
    assert.match(listener.address, pattern);
    const [host, port] = splitAddress(listener.address);
    const target = host === "::" || host === "0.0.0.0" ? `127.0.0.1:${port}` : listener.address;
    const connection = await within(5000, "dialling", transport.dial(target, never));
    assert.is((await connection.roundTrip(text("hi"), never)).body, "hi");
    connection.close();
    await within(5000, "closing", listener.close());
  }
});

test("a range gives its first free port, and says so when none is", async () => {
  const transport = new HttpTransport();
  const first = await transport.listen({ address: "127.0.0.1:0" }, echo);
  const port = splitAddress(first.address)[1];
  const range = `127.0.0.1:${port}-${Math.min(port + 40, 65_535)}`;

  const second = await transport.listen({ address: range }, echo);
  assert.ok(splitAddress(second.address)[1] > port);

  const error = await failure("listening", transport.listen({ address: `127.0.0.1:${port}-${port}` }, echo));
  assert.match(error.detail, `127.0.0.1:${port}`);
  await Promise.all([first.close(), second.close()]);
});

test("an address that cannot be bound is an error that names it and says what to do", async () => {
  const transport = new HttpTransport();
  const taken = await transport.listen({ address: "127.0.0.1:0" }, echo);
  const cases: [string, RegExp][] = [
    [taken.address, /in use; .*port 0/],
    ["203.0.113.7:0", /no such address/],
    ["no-such-host.invalid:0", /not known/],
    ["127.0.0.1", /write it as host:port/],
    ["127.0.0.1:99999", /write it as host:port/],
    ["127.0.0.1:20-10", /write it as host:port/],
    ["::1:80", /write it as host:port/],
  ];
  for (const [address, pattern] of cases) {
    const error = await failure(address, transport.listen({ address }, echo));
    assert.equal([error.code, error.reason], [500, "listen_failed"]);
    assert.match(error.detail, address);
    assert.match(error.detail, pattern);
  }
  await taken.close();
});

test("pause stops new connections and frees the port; those there are stay", async () => {
  const served = await serve(echo);
  const connection = await served.dial();
  await connection.roundTrip(text("1"), never);

  await served.listener.pause();
  await served.listener.pause();

  assert.is((await failure("dialling", served.transport.dial(served.address, never))).reason, "dial_failed");
  assert.is((await connection.roundTrip(text("2"), never)).body, "2");
  const again = await served.transport.listen({ address: served.address }, echo);
  await again.close();
  await served.close();
});

test("a request that crosses the close of its kept connection is answered as not processed, and does not run", async () => {
  let runs = 0;
  const served = await serve((exchange) => {
    runs++;
    echo(exchange);
  });
  const connection = await served.dial();
  const peer = await RawClient.connect(served.address);
  await connection.roundTrip(text("hi"), never);
  peer.write(requestBytes("one"));
  await peer.saw("one");
  const closing = served.listener.close();

  // Neither of them has read a byte of what the listener did.
  const error = await failure("the call", connection.roundTrip(text("late"), never));
  peer.write(requestBytes("late"));

  assert.equal([error.code, error.notProcessed], [503, true]);
  const rest = await peer.rest();
  assert.match(rest, /HTTP\/1\.1 503 [\s\S]*Micro-Not-Processed: 1\r\n[\s\S]*"the service is stopping"/);
  assert.is(runs, 2);
  peer.close();
  await within(5000, "closing", closing);
});

test("who connected and was not accepted yet when the listener closes hears that nothing ran", async () => {
  let runs = 0;
  const served = await serve((exchange) => {
    runs++;
    echo(exchange);
  });
  const written = new Int32Array(new SharedArrayBuffer(4));
  const [host, port] = splitAddress(served.address);
  const client = new Worker(lateClient, {
    eval: true,
    workerData: { written, host, port, bytes: requestBytes("late") },
  });
  try {
    const answer = once(client, "message");
    await within(5000, "the client", once(client, "online"));
    // This thread accepts nothing while it waits.
    assert.is.not(Atomics.wait(written, 0, 0, 5000), "timed-out");
    const closing = served.listener.close();

    const [text] = await within(5000, "an answer", answer);
    assert.match(text, /^HTTP\/1\.1 503 [\s\S]*Micro-Not-Processed: 1\r\n/);
    assert.is(runs, 0);
    await within(5000, "closing", closing);
  } finally {
    await client.terminate();
  }
});

test("close ends idle connections at once and waits for exchanges, whose answers say that it is the last", async () => {
  const waiting: ServerExchange[] = [];
  const served = await serve((exchange) => void waiting.push(exchange));
  const [idle, fresh, busy] = [
    await RawClient.connect(served.address),
    await RawClient.connect(served.address),
    await RawClient.connect(served.address),
  ];
  idle.write(requestBytes("1"));
  await until("the first request", () => waiting.length === 1);
  waiting[0]?.reply(text("one"));
  await idle.saw("one");
  busy.write(requestBytes("2"));
  await until("the second request", () => waiting.length === 2);

  let isClosed = false;
  const closing = served.listener.close().then(() => (isClosed = true));
  await Promise.all([idle.rest(), fresh.rest()]);
  await pause(20);
  assert.not(isClosed);
  waiting[1]?.reply(text("two"));

  assert.match(await busy.rest(), /\r\nConnection: close\r\n[\s\S]*two$/);
  busy.socket.end();
  await within(5000, "closing", closing);
  await within(5000, "closing again", served.listener.close());
  for (const client of [idle, fresh, busy]) client.close();
});

test("a request that is half there when the listener closes is still served", async () => {
  const served = await serve(echo);
  const client = await RawClient.connect(served.address);
  const bytes = requestBytes("late");
  client.write(bytes.slice(0, 30));
  await pause(20);

  const closing = served.listener.close();
  client.write(bytes.slice(30));

  assert.match(await client.rest(), /late$/);
  client.close();
  await within(5000, "closing", closing);
});

test("destroy ends everything at once, and aborts what is under way", async () => {
  const reasons: unknown[] = [];
  const served = await serve((exchange) => {
    exchange.onAbort = { abort: (reason) => void reasons.push(reason) };
    if (exchange.request.body === "stream") exchange.receive().catch((error: unknown) => reasons.push(error));
  });
  const call = failure("the call", (await served.dial()).roundTrip(text("call"), never));
  const stream = (await served.dial()).open(text("stream"), never);
  await pause(20);

  served.listener.destroy();
  served.listener.destroy();

  assert.is((await call).reason, "connection_lost");
  await stream.receive().catch(() => {});
  stream.close();
  await within(5000, "closing", served.listener.close());
  assert.is(reasons.length, 3);
});

test("nothing is left after everything is closed", async () => {
  const resources = (): string[] =>
    process.getActiveResourcesInfo().filter((name) => /TCP|TLS|Timeout|Pipe|Immediate/.test(name));
  await pause(30);
  const before = resources();

  for (let round = 0; round < 20; round++) {
    const served = await serve((exchange) => (exchange.request.body === "stay" ? undefined : echo(exchange)));
    const connections = await Promise.all(Array.from({ length: 5 }, () => served.dial()));
    await Promise.all(connections.map((connection) => connection.roundTrip(text("x"), never)));
    const limits = { deadline: performance.now() + 5, cancellation: undefined };
    const late = failure("the call", (await served.dial()).roundTrip(text("stay"), limits));
    const stream = (await served.dial()).open(text("x"), never);
    await stream.receive();
    await late;
    stream.close();
    for (const connection of connections) connection.close();
    await within(5000, "closing", served.listener.close());
  }

  await until(`only ${before} to be left, not ${resources()}`, () => resources().length <= before.length);
});

test.run();
