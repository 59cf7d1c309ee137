import type { ServerExchange } from "@micro/kernel";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { RawClient } from "./support/raw-peer.ts";
import { echo, requestBytes, serve, text } from "./support/serve.ts";
import { pause, standstill, until } from "./support/within.ts";

const test = suite("pipelined requests");

test("requests of one segment are answered one after the other, in order", async () => {
  const served = await serve(echo);
  const client = await RawClient.connect(served.address);

  client.write(
    ["<1>", "<2>", "<ünf>", "<4>"].map((body) => requestBytes(Buffer.from(body).toString("latin1"))).join(""),
  );
  await client.saw("<4>");

  assert.ok(client.text.indexOf("<1>") < client.text.indexOf("<2>"));
  assert.ok(client.text.indexOf("<2>") < client.text.indexOf("<4>"));
  assert.is(client.text.split("HTTP/1.1 200 OK").length - 1, 4);
  client.close();
  await served.close();
});

test("the next request waits for the reply to the one before", async () => {
  const waiting: ServerExchange[] = [];
  const served = await serve((exchange) => void waiting.push(exchange));
  const client = await RawClient.connect(served.address);

  client.write(requestBytes("1") + requestBytes("2"));
  await until("the first request", () => waiting.length === 1);
  await pause(20);
  assert.is(waiting.length, 1);
  waiting[0]?.reply(text("one"));

  await until("the second request", () => waiting.length === 2);
  assert.is(waiting[1]?.request.body, "2");
  waiting[1]?.reply(text("two"));
  await client.saw("two");
  client.close();
  await served.close();
});

test("a thousand requests at once are all answered, and handlers that answer at once do not nest", async () => {
  let deepest = 0;
  let depth = 0;
  const served = await serve((exchange) => {
    deepest = Math.max(deepest, ++depth);
    echo(exchange);
    depth--;
  });
  const client = await RawClient.connect(served.address);

  client.write(Array.from({ length: 1000 }, (_, n) => requestBytes(`<${n}>`)).join(""));
  await client.saw("<999>");

  assert.is(client.text.split("200 OK").length - 1, 1000);
  assert.is(deepest, 1);
  client.close();
  await served.close();
});

test("a connection with too many requests waiting is read no further", async () => {
  const waiting: ServerExchange[] = [];
  const served = await serve((exchange) => void waiting.push(exchange), { limits: { maxPipelined: 2 } });
  const client = await RawClient.connect(served.address);
  const total = 64 * 1024 * 1024;
  const block = Buffer.from(requestBytes("x".repeat(60_000)).repeat(16), "latin1");

  for (let sent = 0; sent < total; sent += block.length) client.write(block);
  await until("the first request", () => waiting.length === 1);
  const left = await standstill("the client's bytes", () => client.socket.writableLength);

  // What the kernel's buffers took is not ours to count; it is a few megabytes.
  assert.ok(left > total / 2, `${left} bytes are left`);
  client.close();
  await served.close();
});

test("nothing more is executed for a client that takes no replies", async () => {
  let executed = 0;
  const served = await serve((exchange) => {
    executed++;
    exchange.reply(text("y".repeat(500_000)));
  });
  const client = await RawClient.connect(served.address);
  client.socket.pause();

  client.write(requestBytes("x").repeat(150));
  await until("the first request", () => executed > 0);
  await pause(50);
  assert.ok(executed < 100, `${executed} were executed`);

  client.socket.resume();
  await until("the rest", () => executed === 150);
  client.close();
  await served.close();
});

test("what a client sends ahead of its turn is judged when the turn comes", async () => {
  const waiting: ServerExchange[] = [];
  const served = await serve((exchange) => void waiting.push(exchange));
  const client = await RawClient.connect(served.address);

  client.write(`${requestBytes("1")}no request at all\r\n\r\n`);
  await until("the first request", () => waiting.length === 1);
  await pause(10);
  assert.is(client.text, "");
  waiting[0]?.reply(text("one"));

  const all = await client.rest();
  assert.match(all, /^HTTP\/1\.1 200 OK\r\n[\s\S]*oneHTTP\/1\.1 400 Bad Request\r\n/);
  client.close();
  await served.close();
});

test.run();
