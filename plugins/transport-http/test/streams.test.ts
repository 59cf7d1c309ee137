import {
  type Abortable,
  Cancellation,
  type ClientExchange,
  type Message,
  type MicroError,
  type ServerExchange,
} from "@micro/kernel";
import { HttpTransport } from "@micro/transport-http";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { RawClient, RawServer } from "./support/raw-peer.ts";
import { after, failure, never, replyBytes, requestBytes, serve, text } from "./support/serve.ts";
import { pause, standstill, until, within } from "./support/within.ts";

const test = suite("streams over HTTP");

/** Answers every message after the first, and at the half-close says so. */
async function echoStream(exchange: ServerExchange): Promise<void> {
  for (let next = await exchange.receive(); next !== undefined; next = await exchange.receive()) {
    await exchange.send(text(`<${next.body}>`));
  }
  exchange.reply(text("EOS"));
}

async function bodies(stream: ClientExchange): Promise<unknown[]> {
  const all: unknown[] = [];
  for (;;) {
    const next = await within(5000, "the next message", stream.receive());
    if (next === undefined) return all;
    all.push(next.body);
  }
}

class Aborted implements Abortable {
  readonly reasons: MicroError[] = [];
  abort(reason: unknown): void {
    this.reasons.push(reason as MicroError);
  }
}

test("messages go both ways, and the half-close of each side ends its own", async () => {
  const served = await serve((exchange) => void echoStream(exchange));
  const connection = await served.dial();
  const stream = connection.open(text("open"), never);

  for (let n = 0; n < 100; n++) await stream.send(text(String(n)));
  const first = await within(5000, "an answer before the end", stream.receive());
  stream.end();

  assert.is(first?.body, "<0>");
  const rest = await bodies(stream);
  assert.is(rest.length, 100);
  assert.is(rest.at(-1), "EOS");
  assert.is(await stream.receive(), undefined);
  assert.not(connection.usable);
  stream.close();
  await served.close();
});

test("all messages and the half-close may come in one segment", async () => {
  const served = await serve((exchange) => void echoStream(exchange));
  const client = await RawClient.connect(served.address);

  client.socket.end(requestBytes("open") + requestBytes("a") + requestBytes("b"), "latin1");

  assert.match(await client.rest(), /<a>[\s\S]*<b>[\s\S]*EOS$/);
  client.close();
  await served.close();
});

test("a server sends many replies to one request", async () => {
  const served = await serve(async (exchange) => {
    for (let n = 0; n < 50; n++) await exchange.send(text(String(n)));
    exchange.reply(text("EOS"));
  });
  const stream = (await served.dial()).open(text("go"), never);
  assert.equal(await bodies(stream), [...Array.from({ length: 50 }, (_, n) => String(n)), "EOS"]);
  stream.close();
  await served.close();
});

test("after the last message of a stream its connection ends, and later items are not executed as requests", async () => {
  let accepted = 0;
  const served = await serve(async (exchange) => {
    accepted++;
    await exchange.receive();
    exchange.reply(text("enough"));
  });
  const client = await RawClient.connect(served.address);

  client.write(requestBytes("open") + requestBytes("item") + requestBytes("late item"));
  await client.rest();
  client.write(requestBytes("later item"));
  await until("the connection to close", () => client.isClosed || client.isEnded);
  await pause(20);

  assert.is(accepted, 1);
  assert.match(client.text, /enough$/);
  client.close();
  await served.close();
});

test("a half-close is the end of a stream's messages and no abort, and answers still go out", async () => {
  const aborted = new Aborted();
  const served = await serve(async (exchange) => {
    exchange.onAbort = aborted;
    assert.is(await exchange.receive(), undefined);
    assert.is(await exchange.receive(), undefined);
    await exchange.send(text("still"));
    exchange.reply(text("here"));
  });
  const stream = (await served.dial()).open(text("go"), never);
  stream.end();
  stream.end();
  assert.equal(await bodies(stream), ["still", "here"]);
  assert.equal(aborted.reasons, []);
  await served.close();
});

test("a client that closes a call's connection aborts the call, whose answer may still be written", async () => {
  const aborted = new Aborted();
  let exchange: ServerExchange | undefined;
  const served = await serve((accepted) => {
    accepted.onAbort = aborted;
    exchange = accepted;
  });
  const client = await RawClient.connect(served.address);

  client.socket.end(requestBytes("call"));
  await until("the abort", () => aborted.reasons.length > 0);
  exchange?.reply(text("anyway"));

  assert.match(await client.rest(), /anyway$/);
  assert.equal(
    aborted.reasons.map(({ code, detail }) => [code, detail]),
    [[408, "client closed the connection"]],
  );
  client.close();
  await served.close();
});

test("a reset aborts a call and a stream, and nothing stays pending", async () => {
  const aborted = new Aborted();
  const outcomes: unknown[] = [];
  const served = await serve(async (exchange) => {
    exchange.onAbort = aborted;
    if (exchange.request.body === "call") return;
    exchange.receive().then(
      (message) => outcomes.push(message),
      (error: MicroError) => outcomes.push(error.reason),
    );
    while (aborted.reasons.length === 0) await exchange.send(text("x".repeat(100_000)));
    outcomes.push("sent");
  });
  for (const kind of ["call", "stream"]) {
    aborted.reasons.length = 0;
    const client = await RawClient.connect(served.address);
    client.write(requestBytes(kind));
    await pause(20);
    client.socket.resetAndDestroy();
    await until("the abort", () => aborted.reasons.length === 1);
    assert.is(aborted.reasons[0]?.reason, "connection_lost");
  }
  await until("the pending calls", () => outcomes.length === 2);
  assert.equal(outcomes.toSorted(), ["connection_lost", "sent"]);
  await served.close();
});

test("a sender waits for a receiver that is slow, in both directions", async () => {
  let taken = 0;
  let sentByServer = 0;
  let go = (): void => {};
  const released = new Promise<void>((resolve) => (go = resolve));
  const served = await serve(async (exchange) => {
    if (exchange.request.body === "upload") {
      await released;
      while ((await exchange.receive()) !== undefined) taken++;
      exchange.reply(text(String(taken)));
    } else {
      for (; sentByServer < 400; sentByServer++) await exchange.send(text("x".repeat(100_000)));
      exchange.reply(text("EOS"));
    }
  });
  const upload = (await served.dial()).open(text("upload"), never);
  const download = (await served.dial()).open(text("download"), never);
  let sentByClient = 0;
  const sending = (async () => {
    for (; sentByClient < 400; sentByClient++) await upload.send(text("y".repeat(100_000)));
    upload.end();
  })();

  await standstill("both senders", () => sentByClient + sentByServer);
  assert.ok(sentByClient < 300, `the client sent ${sentByClient}`);
  assert.ok(sentByServer < 300, `the server sent ${sentByServer}`);
  go();

  await within(10_000, "sending", sending);
  assert.equal(await bodies(upload), ["400"]);
  assert.is((await bodies(download)).length, 401);
  await served.close();
});

test("the deadline ends a stream, and its server sees it", async () => {
  const aborted = new Aborted();
  const served = await serve((exchange) => {
    exchange.onAbort = aborted;
    void exchange.receive().catch(() => {});
  });
  const stream = (await served.dial()).open(text("go"), after(30));

  const error = await failure("receiving", stream.receive());

  assert.equal([error.code, error.detail, error.reason], [408, "context deadline exceeded", "deadline_exceeded"]);
  assert.is((await failure("sending", stream.send(text("x")))).code, 408);
  assert.is((await failure("receiving again", stream.receive())).code, 408);
  await until("the abort", () => aborted.reasons.length === 1);
  stream.close();
  await served.close();
});

test("a cancelled stream ends on both sides", async () => {
  const aborted = new Aborted();
  const served = await serve((exchange) => {
    exchange.onAbort = aborted;
    void exchange.receive().catch(() => {});
  });
  const cancellation = new Cancellation();
  const stream = (await served.dial()).open(text("go"), { ...never, cancellation });
  const receiving = failure("receiving", stream.receive());
  await pause(10);

  cancellation.abort(new Error("enough"));

  assert.equal([(await receiving).code, (await receiving).reason], [408, "cancelled"]);
  await until("the abort", () => aborted.reasons.length === 1);
  await served.close();
});

test("closing a stream frees its connection, ends a receive that waits, and aborts the server's side", async () => {
  const aborted = new Aborted();
  const served = await serve((exchange) => {
    exchange.onAbort = aborted;
    void exchange.receive().catch(() => {});
  });
  const connection = await served.dial();
  let closed = 0;
  connection.onClose = () => closed++;
  const stream = connection.open(text("go"), never);
  const receiving = stream.receive();
  await pause(10);

  stream.close();
  stream.close();

  assert.is(await within(5000, "receiving", receiving), undefined);
  await until("onClose", () => closed === 1);
  await until("the abort", () => aborted.reasons.length === 1);
  await served.close();
});

test("a stream whose server breaks off is lost, a stream whose server answers nonsense is invalid", async () => {
  const cases: [string, "end" | "reset" | "keep", number, string][] = [
    ["", "reset", 500, "connection_lost"],
    [replyBytes("one"), "reset", 500, "connection_lost"],
    [`${replyBytes("one")}HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\ntorn`, "end", 502, "invalid_response"],
    [`${replyBytes("one")}garbage`, "keep", 502, "invalid_response"],
    [
      replyBytes('{"id":"x","code":404,"detail":"no","status":"Not Found"}', "", "404 Not Found"),
      "keep",
      404,
      "refused",
    ],
  ];
  for (const [bytes, then, code, reason] of cases) {
    const server = await RawServer.answering(bytes, then);
    const stream = (await new HttpTransport().dial(server.address, never)).open(text("go"), never);
    const error = await failure(bytes, bodies(stream));
    assert.equal([error.code, error.reason ?? ""], [code, reason], bytes);
    stream.close();
    server.close();
  }
});

test("a message that breaks the protocol in the middle of a stream aborts it and is answered with its status", async () => {
  const aborted = new Aborted();
  const received: unknown[] = [];
  const served = await serve(async (exchange) => {
    exchange.onAbort = aborted;
    try {
      for (let next: Message | undefined; (next = await exchange.receive()) !== undefined; ) received.push(next.body);
    } catch (error) {
      received.push((error as MicroError).code);
    }
  });
  const client = await RawClient.connect(served.address);
  client.write(requestBytes("open") + requestBytes("item"));
  await until("the item", () => received.length === 1);
  client.write("POST / HTTP/1.1\nbare\n\n");

  assert.match(await client.rest(), /^HTTP\/1\.1 400 Bad Request/);
  await until("the end", () => received.length === 2);
  assert.equal(received, ["item", 400]);
  assert.is(aborted.reasons[0]?.code, 400);
  client.close();
  await served.close();
});

test("a stream to a peer that is gone refuses to send", async () => {
  const served = await serve(async (exchange) => {
    await exchange.send(text("one"));
    exchange.reply(text("bye"));
  });
  const stream = (await served.dial()).open(text("go"), never);
  assert.equal(await bodies(stream), ["one", "bye"]);
  assert.is((await failure("sending", stream.send(text("late")))).reason, "connection_lost");
  await served.close();
});

test("receive is called once at a time", async () => {
  const served = await serve((exchange) => void exchange.receive().catch(() => {}));
  const stream = (await served.dial()).open(text("go"), never);
  const first = stream.receive();
  try {
    await stream.receive();
    assert.unreachable();
  } catch (error) {
    assert.instance(error, TypeError);
  }
  stream.close();
  await first;
  await served.close();
});

test("a stream that is ended and closed in one turn closes its connection", async () => {
  const served = await serve((exchange) => void exchange.receive());
  const connection = await served.dial();
  const closed = new Promise<void>((resolve) => {
    connection.onClose = resolve;
  });
  const exchange = connection.open(text("first"), never);
  exchange.end();
  // The half-close is on its way just now.
  process.nextTick(() => exchange.close());

  await within(5000, "the end of the connection", closed);
  await served.close();
});

test.run();
