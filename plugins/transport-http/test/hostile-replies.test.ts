import { HttpTransport } from "@micro/transport-http";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { RawServer } from "./support/raw-peer.ts";
import { failure, never, replyBytes, text } from "./support/serve.ts";
import { until, within } from "./support/within.ts";

const test = suite("hostile replies");

const ok = "HTTP/1.1 200 OK\r\n";

/** What the server says; all of it is a 502 for the caller. */
const invalid: Record<string, string | Uint8Array> = {
  "random bytes": Buffer.from("9f3a00c2ff8841b7", "hex"),
  "a request": "POST / HTTP/1.1\r\n\r\n",
  "a TLS alert": Buffer.from("15030100020250", "hex"),
  "another protocol": "SSH-2.0-x\r\n",
  "a status of two digits": "HTTP/1.1 42 Odd\r\n\r\n",
  "a status of four digits": "HTTP/1.1 1000 Odd\r\n\r\n",
  "status 0": "HTTP/1.1 000 Odd\r\n\r\n",
  "status 600": "HTTP/1.1 600 Odd\r\n\r\n",
  "status 999": "HTTP/1.1 999 Odd\r\n\r\n",
  "a switch of protocols": "HTTP/1.1 101 Switching Protocols\r\n\r\n",
  "interim responses without end": "HTTP/1.1 100 Continue\r\n\r\n".repeat(5000),
  "lines that end in LF": "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
  "two lengths": `${ok}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx`,
  "both framings": `${ok}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  "a huge body": `${ok}Content-Length: 104857600\r\n\r\n`,
  "a body too long by one byte": `${ok}Content-Length: 1001\r\n\r\n`,
  "a body that is too long without saying so": `${ok}\r\n${"x".repeat(1001)}`,
  "chunks that are too long": `${ok}Transfer-Encoding: chunked\r\n\r\n3E9\r\n`,
  "malformed chunks": `${ok}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
  gzip: `${ok}Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n`,
  "too many headers": `${ok}${"X: y\r\n".repeat(101)}\r\n`,
  "endless headers": `${ok}X: ${"y".repeat(20_000)}`,
};

for (const [what, bytes] of Object.entries(invalid)) {
  test(`${what}: 502, and the connection is closed`, async () => {
    const server = await RawServer.answering(bytes);
    const transport = new HttpTransport({ limits: { maxBodyBytes: 1000 } });
    const connection = await transport.dial(server.address, never);
    let closed = 0;
    connection.onClose = () => closed++;

    const error = await failure("the call", connection.roundTrip(text("?"), never));

    assert.equal([error.id, error.code, error.reason], ["go.micro.client", 502, "invalid_response"]);
    assert.not(connection.usable);
    await until("onClose", () => closed === 1);
    server.close();
  });
}

test("a status that is not 200 is an error with its code or the one in its body", async () => {
  const told = '{"id":"go.micro.srv.x","code":404,"detail":"no such thing","status":"Not Found"}';
  const cases: [bytes: string, code: number, detail: string, notProcessed: boolean][] = [
    [replyBytes(told, "", "404 Not Found"), 404, "no such thing", false],
    [replyBytes(told, "micro-not-processed: 1\r\n", "503 Unavailable"), 404, "no such thing", true],
    [replyBytes("it broke", "", "500 Internal Server Error"), 500, "it broke", false],
    [replyBytes("", "", "418 Teapot"), 418, "the peer answered with status 418", false],
    [replyBytes("moved", "", "302 Found"), 502, "moved", false],
    ["HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", 502, "the peer answered with status 204", false],
    [replyBytes('{"code":42,"detail":"odd"}', "", "500 x"), 500, '{"code":42,"detail":"odd"}', false],
    [replyBytes('{"code":1e9}', "", "599"), 599, '{"code":1e9}', false],
    [replyBytes("x".repeat(5000), "", "500 x"), 500, `${"x".repeat(1024)}…`, false],
    [
      replyBytes(JSON.stringify({ code: 400, detail: "y".repeat(5000) }), "", "400 x"),
      400,
      `${"y".repeat(1024)}…`,
      false,
    ],
  ];
  for (const [bytes, code, detail, notProcessed] of cases) {
    const server = await RawServer.answering(bytes);
    const connection = await new HttpTransport().dial(server.address, never);
    const error = await failure(bytes, connection.roundTrip(text("?"), never));
    assert.equal([error.code, error.detail, error.notProcessed], [code, detail, notProcessed], bytes);
    assert.not(connection.usable);
    server.close();
  }
});

test("a 200 of another content type is handed on as it is", async () => {
  const server = await RawServer.answering(
    replyBytes("Unsupported Content-Type: application/x", "Content-Type: text/plain\r\n"),
  );
  const connection = await new HttpTransport().dial(server.address, never);
  const reply = await within(5000, "the call", connection.roundTrip(text("?"), never));
  assert.equal([reply.header["Content-Type"], reply.body], ["text/plain", "Unsupported Content-Type: application/x"]);
  connection.close();
  server.close();
});

test.run();
