import { readFileSync } from "node:fs";
import type { Message } from "@micro/kernel";
import { HttpTransport } from "@micro/transport-http";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { MessageReader } from "../src/message-reader.ts";
import { defaultHttpLimits } from "../src/options.ts";
import { RawClient, RawServer, writePieces } from "./support/raw-peer.ts";
import { never, serve, text } from "./support/serve.ts";
import { until, within } from "./support/within.ts";

// What a go-micro v0.1.0 program and its client, whose wire is that of June 2016, said to each other.
const test = suite("bytes of a real go-micro program");

interface Capture {
  readonly connection: number;
  readonly direction: "client" | "server";
  readonly hex: string;
}

const captures: Capture[] = readFileSync(new URL("testdata/go-micro-0.1.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));

function pieces(connection: number, direction: Capture["direction"]): Buffer[] {
  return captures
    .filter((capture) => capture.connection === connection && capture.direction === direction)
    .map(({ hex }) => Buffer.from(hex, "hex"));
}

const connections = [...new Set(captures.map(({ connection }) => connection))];

function readAll(kind: "request" | "response", chunks: readonly Buffer[]): Message[] {
  const reader = new MessageReader(kind, defaultHttpLimits);
  const messages: Message[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let next = reader.read(); next !== undefined; next = reader.read()) messages.push(next);
  }
  assert.is(reader.fault, undefined);
  assert.is(reader.phase, "idle");
  return messages;
}

function plain(messages: readonly Message[]): unknown[] {
  return messages.map(({ header, body }) => [{ ...header }, Buffer.from(body as string).toString("hex")]);
}

function slices(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size));
}

test("every capture reads the same as it came, in one piece, and in pieces of every small size", () => {
  for (const connection of connections) {
    for (const direction of ["client", "server"] as const) {
      const kind = direction === "client" ? "request" : "response";
      const came = pieces(connection, direction);
      const whole = Buffer.concat(came);
      const messages = plain(readAll(kind, came));
      assert.ok(messages.length > 0);
      assert.equal(plain(readAll(kind, [whole])), messages);
      for (const size of [1, 2, 3, 7, 64, 257]) assert.equal(plain(readAll(kind, slices(whole, size))), messages);
    }
  }
});

test("a call and its reply say what go-micro said", () => {
  const [request] = readAll("request", pieces(1, "client"));
  const [reply] = readAll("response", pieces(1, "server"));

  assert.is(request?.body, '{"method":"Say.Hello","params":[{"name":"John"}],"id":0}\n');
  assert.equal(
    { ...request?.header },
    {
      "User-Agent": "Go-http-client/1.1",
      Accept: "application/json",
      "Content-Type": "application/json",
      Timeout: "5000000000",
      "X-From-Id": "peer",
      "X-Micro-From-Service": "peer.client",
      "X-User-Id": "john",
    },
  );
  assert.is(reply?.header["Content-Type"], "application/json");
  assert.is(JSON.parse(reply?.body as string).result.msg, "Hello John");
});

test("the captured requests are served over a socket, byte by byte", async () => {
  const bodies: unknown[] = [];
  const served = await serve((exchange) => {
    bodies.push(exchange.request.body);
    exchange.reply(text("ok"));
  });
  for (const connection of [1, 2, 3, 4]) {
    const bytes = Buffer.concat(pieces(connection, "client"));
    const client = await RawClient.connect(served.address);
    await client.drip(bytes);
    await client.saw("\r\n\r\nok");
    client.close();
    const [request] = readAll("request", [bytes]);
    assert.equal(bodies.at(-1), request?.body);
  }
  await served.close();
});

test("the captured replies are taken over a socket, as they came and byte by byte", async () => {
  for (const connection of [1, 2, 3, 4, 5]) {
    for (const chunks of [pieces(connection, "server"), slices(Buffer.concat(pieces(connection, "server")), 1)]) {
      const server = await RawServer.listen((socket) => {
        socket.once("data", () => void writePieces(socket, chunks));
      });
      const client = await new HttpTransport().dial(server.address, never);
      const reply = await within(5000, "the reply", client.roundTrip(text("?"), never));
      assert.equal(plain([reply]), plain(readAll("response", chunks)));
      client.close();
      server.close();
    }
  }
});

test("a captured stream is items of one exchange, and its replies are a stream's", async () => {
  const items: unknown[] = [];
  const served = await serve(async (exchange) => {
    items.push(exchange.request.body);
    for (let next = await exchange.receive(); next !== undefined; next = await exchange.receive())
      items.push(next.body);
    exchange.reply(text("EOS"));
  });
  const client = await RawClient.connect(served.address);
  const bytes = Buffer.concat(pieces(6, "client"));
  client.write(bytes);
  client.socket.end();
  await client.saw("EOS");
  assert.equal(
    items,
    readAll("request", [bytes]).map(({ body }) => body),
  );
  client.close();
  await served.close();

  const server = await RawServer.answering(Buffer.concat(pieces(6, "server")));
  const stream = (await new HttpTransport().dial(server.address, never)).open(text("?"), never);
  const replies: unknown[] = [];
  while (replies.length < 3) replies.push((await within(5000, "a reply", stream.receive()))?.body);
  assert.equal(
    replies,
    readAll("response", pieces(6, "server"))
      .slice(0, 3)
      .map(({ body }) => body),
  );
  stream.close();
  await until(
    "the socket to close",
    () => server.sockets[0]?.destroyed === true || server.sockets[0]?.readableEnded === true,
  );
  server.close();
});

test.run();
