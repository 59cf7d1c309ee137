import type { Message } from "@micro/kernel";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { MessageReader } from "../src/message-reader.ts";
import { defaultHttpLimits } from "../src/options.ts";
import { RawClient } from "./support/raw-peer.ts";
import { echo, requestBytes, serve } from "./support/serve.ts";

const test = suite("the reader, for all bytes");

const numRuns = process.env.CI === "true" ? 10_000 : 1000;

const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,12}$/).filter((name) => !special.has(name.toLowerCase()));
const special = new Set([
  "connection",
  "content-length",
  "content-encoding",
  "expect",
  "host",
  "keep-alive",
  "te",
  "timeout",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
const body = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 60 }).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);

interface Sent {
  readonly header: readonly (readonly [string, string])[];
  readonly body: Buffer;
  readonly isChunked: boolean;
}

const sent = fc.record<Sent>({
  header: fc.uniqueArray(fc.tuple(token, value), { maxLength: 5, selector: ([name]) => name.toLowerCase() }),
  body,
  isChunked: fc.boolean(),
});

function write({ header, body: bytes, isChunked }: Sent, kind: "request" | "response"): Buffer {
  const start = kind === "request" ? "POST / HTTP/1.1" : "HTTP/1.1 200 OK";
  const framing = isChunked ? "Transfer-Encoding: chunked" : `Content-Length: ${bytes.length}`;
  const lines = header.map(([name, text]) => `${name}: ${text}\r\n`).join("");
  const head = Buffer.from(`${start}\r\n${framing}\r\n${lines}\r\n`);
  if (!isChunked) return Buffer.concat([head, bytes]);
  const cut = bytes.length >> 1;
  const chunks = [bytes.subarray(0, cut), bytes.subarray(cut)].filter(({ length }) => length > 0);
  const written = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)}\r\n`),
    chunk,
    Buffer.from("\r\n"),
  ]);
  return Buffer.concat([head, ...written, Buffer.from("0\r\n\r\n")]);
}

function readAll(reader: MessageReader, bytes: Buffer, cuts: readonly number[]): Message[] {
  const messages: Message[] = [];
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  for (let n = 1; n < places.length; n++) {
    if (places[n] === places[n - 1]) continue;
    // A copy, as the socket's chunks are memory of their own.
    reader.push(Buffer.from(bytes.subarray(places[n - 1], places[n])));
    for (let next = reader.read(); next !== undefined; next = reader.read()) messages.push(next);
  }
  return messages;
}

for (const kind of ["request", "response"] as const) {
  test(`${kind}s are the same wherever their bytes are split`, () => {
    fc.assert(
      fc.property(
        fc.array(sent, { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat(5000), { maxLength: 12 }),
        (all, cuts) => {
          const reader = new MessageReader(kind, defaultHttpLimits);
          const messages = readAll(reader, Buffer.concat(all.map((one) => write(one, kind))), cuts);
          assert.is(reader.fault, undefined);
          assert.is(reader.phase, "idle");
          assert.equal(
            messages.map((message) => Buffer.from(message.body as string).toString("hex")),
            all.map((one) => one.body.toString("hex")),
          );
          assert.equal(
            messages.map(({ header }) => Object.entries(header).map(([name, text]) => [name.toLowerCase(), text])),
            all.map(({ header }) => header.map(([name, text]) => [name.toLowerCase(), text])),
          );
          for (const message of messages) {
            if (typeof message.body !== "string") assert.ok(message.body.some((byte) => byte > 0x7f));
          }
        },
      ),
      { numRuns },
    );
  });

  test(`bytes at random never make the reader of ${kind}s throw`, () => {
    const noise = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));
    const damaged = fc.tuple(sent, fc.nat(2000), fc.integer({ min: 0, max: 255 })).map(([one, at, byte]) => {
      const bytes = write(one, kind);
      bytes[at % bytes.length] = byte;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(noise, damaged), fc.array(fc.nat(3000), { maxLength: 8 }), (bytes, cuts) => {
        const [split, whole] = [new MessageReader(kind, defaultHttpLimits), new MessageReader(kind, defaultHttpLimits)];
        const [some, same] = [readAll(split, bytes, cuts), readAll(whole, bytes, [])];
        const [last, sameLast] = [split.end(), whole.end()];
        assert.is(some.length, same.length);
        assert.is(last === undefined, sameLast === undefined);
        assert.is(split.fault?.status, whole.fault?.status);
        assert.is(split.read(), undefined);
      }),
      { numRuns },
    );
  });
}

test("a 204 has no body, whatever its Content-Length says and however often it comes", () => {
  const reader = new MessageReader("response", defaultHttpLimits);
  const bytes = Buffer.from("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n");
  const messages = readAll(reader, Buffer.concat([bytes, bytes, bytes]), []);
  assert.equal(
    messages.map(({ body: none }) => none),
    ["", "", ""],
  );
});

test("bytes at random do not end a listener", async () => {
  const served = await serve(echo);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
      const client = await RawClient.connect(served.address);
      client.socket.end(bytes);
      await client.rest();
      client.close();
    }),
    { numRuns: numRuns / 10 },
  );
  const client = await RawClient.connect(served.address);
  client.write(requestBytes("alive"));
  await client.saw("alive");
  client.close();
  await served.close();
});

test.run();
