import { suite } from "uvu";
import * as assert from "uvu/assert";
import { RawClient } from "./support/raw-peer.ts";
import { echo, requestBytes, serve, text } from "./support/serve.ts";
import { pause, until } from "./support/within.ts";

const test = suite("hostile requests");

const post = "POST / HTTP/1.1\r\n";
const many = (count: number): string => Array.from({ length: count }, (_, n) => `X-${n}: v\r\n`).join("");

/** What is sent, and the status that it is answered with. */
const refused: Record<string, [bytes: string | Uint8Array, status: number]> = {
  "random bytes": [Buffer.from("9f3a00c2ff8841b7", "hex"), 400],
  "a TLS handshake": [Buffer.from("16030100a5010000a1030352362c1098", "hex"), 400],
  "text that is no HTTP": ["hello\r\n\r\n", 400],
  "a blank line first": [`\r\n${requestBytes("")}`, 400],
  "another version": ["POST / HTTP/2.0\r\n\r\n", 400],
  "the preface of HTTP/2": ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
  "no version": ["GET /\r\n\r\n", 400],
  "a lower case version": ["POST / http/1.1\r\n\r\n", 400],
  "two spaces in the start line": ["POST  / HTTP/1.1\r\n\r\n", 400],
  "lines that end in LF": ["POST / HTTP/1.1\nContent-Length: 0\n\n", 400],
  "one line that ends in LF": [`${post}A: b\nContent-Length: 0\r\n\r\n`, 400],
  "a CR in a value": [`${post}A: b\rc\r\n\r\n`, 400],
  "a NUL in a value": [`${post}A: b\0c\r\n\r\n`, 400],
  "a NUL in a name": [`${post}A\0: b\r\n\r\n`, 400],
  "a byte beyond ASCII": [`${post}A: b\xe9\r\n\r\n`, 400],
  "a folded line": [`${post}A: b\r\n c\r\n\r\n`, 400],
  "a folded first line": [`${post} A: b\r\n\r\n`, 400],
  "a space before the colon": [`${post}A : b\r\n\r\n`, 400],
  "a space in a name": [`${post}A B: b\r\n\r\n`, 400],
  "no colon": [`${post}A b\r\n\r\n`, 400],
  "no name": [`${post}: b\r\n\r\n`, 400],
  "two Content-Lengths": [`${post}Content-Length: 1\r\nContent-Length: 1\r\n\r\nx`, 400],
  "a list of Content-Lengths": [`${post}Content-Length: 1, 1\r\n\r\nx`, 400],
  "a negative Content-Length": [`${post}Content-Length: -1\r\n\r\n`, 400],
  "a signed Content-Length": [`${post}Content-Length: +1\r\n\r\nx`, 400],
  "a hexadecimal Content-Length": [`${post}Content-Length: 0x1\r\n\r\nx`, 400],
  "an empty Content-Length": [`${post}Content-Length:\r\n\r\nx`, 400],
  "two hosts": [`${post}Host: a\r\nHost: a\r\n\r\n`, 400],
  "two deadlines": [`${post}Timeout: 1\r\ntimeout: 2\r\n\r\n`, 400],
  "both framings": [`${post}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
  "both framings, the other way round": [
    `${post}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n`,
    400,
  ],
  "an unknown Transfer-Encoding": [`${post}Transfer-Encoding: gzip\r\n\r\n`, 400],
  "two Transfer-Encodings": [`${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
  "a list of Transfer-Encodings": [`${post}Transfer-Encoding: chunked, identity\r\n\r\n`, 400],
  "Transfer-Encoding identity": [`${post}Transfer-Encoding: identity\r\n\r\n`, 400],
  "Transfer-Encoding xchunked": [`${post}Transfer-Encoding: xchunked\r\n\r\n`, 400],
  "chunks in HTTP/1.0": ["POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400],
  "a chunk without a size": [`${post}Transfer-Encoding: chunked\r\n\r\n\r\n`, 400],
  "a chunk with a negative size": [`${post}Transfer-Encoding: chunked\r\n\r\n-1\r\n`, 400],
  "a chunk size that ends in LF": [`${post}Transfer-Encoding: chunked\r\n\r\n1\nx`, 400],
  "a chunk that is longer than its size": [`${post}Transfer-Encoding: chunked\r\n\r\n1\r\nxyz\r\n`, 400],
  "a long chunk extension": [`${post}Transfer-Encoding: chunked\r\n\r\n1;${"e".repeat(20_000)}\r\nx\r\n`, 400],
  "a malformed trailer": [`${post}Transfer-Encoding: chunked\r\n\r\n0\r\nA b\r\n\r\n`, 400],
  "long trailers": [`${post}Transfer-Encoding: chunked\r\n\r\n0\r\n${"A: b\r\n".repeat(5000)}\r\n`, 431],
  "a huge Content-Length": [`${post}Content-Length: 1073741824\r\n\r\n`, 413],
  "a Content-Length of 40 digits": [`${post}Content-Length: ${"9".repeat(40)}\r\n\r\n`, 413],
  "a body one byte too long": [`${post}Content-Length: 1001\r\n\r\n`, 413],
  "a chunk that is too long": [`${post}Transfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\n`, 413],
  "chunks that are too long together": [
    `${post}Transfer-Encoding: chunked\r\n\r\n3E8\r\n${"x".repeat(1000)}\r\n1\r\n`,
    413,
  ],
  gzip: [`${post}Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n`, 415],
  "gzip in disguise": [`${post}Content-Encoding: identity, gzip\r\nContent-Length: 0\r\n\r\n`, 415],
  "101 headers": [`${post}${many(101)}\r\n`, 431],
  "2500 headers": [`${post}${many(2500)}\r\n`, 431],
  "one header of 16 KiB": [`${post}A: ${"b".repeat(16 * 1024)}\r\n\r\n`, 431],
  "a head that never ends": [`${post}A: ${"b".repeat(17 * 1024)}`, 431],
  "an endless start line": ["P".repeat(17 * 1024), 431],
};

for (const [what, [bytes, status]] of Object.entries(refused)) {
  test(`${what}: ${status}, and nothing is executed`, async () => {
    let accepted = 0;
    const served = await serve(
      (exchange) => {
        accepted++;
        echo(exchange);
      },
      { limits: { maxBodyBytes: 1000 } },
    );
    for (const how of ["whole", "after a good request"] as const) {
      const client = await RawClient.connect(served.address);
      const before = how === "whole" ? 0 : 1;
      accepted = 0;
      if (how !== "whole") client.write(requestBytes("good"));
      if (how !== "whole") await client.saw("good");
      client.text = "";
      client.write(bytes);
      checkRefusal(await client.rest(), status);
      assert.is(accepted, before);
      client.close();
    }
    await served.close();
  });
}

test("the refusals are the same byte by byte", async () => {
  const served = await serve(echo, { limits: { maxBodyBytes: 1000 } });
  await Promise.all(
    Object.values(refused)
      .filter(([bytes]) => bytes.length < 300)
      .map(async ([bytes, status]) => {
        const client = await RawClient.connect(served.address);
        await client.drip(bytes);
        checkRefusal(await client.rest(), status);
        client.close();
      }),
  );
  await served.close();
});

function checkRefusal(answer: string, status: number): void {
  assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
  assert.match(answer, "\r\nConnection: close\r\n");
  assert.match(answer, "\r\nContent-Type: application/json\r\n");
  const error = JSON.parse(answer.slice(answer.indexOf("\r\n\r\n") + 4));
  assert.equal(Object.keys(error), ["id", "code", "detail", "status"]);
  assert.equal([error.id, error.code], ["go.micro.server", status]);
}

test("what is unusual but well formed is served", async () => {
  const served = await serve(echo);
  const fine = [
    requestBytes("x").replace("POST / ", "GET http://evil/x?y "),
    requestBytes("x").replace("POST / ", "CONNECT evil:80 "),
    requestBytes("x").replace("Host: x\r\n", ""),
    requestBytes("x", many(98)),
    requestBytes("x", "A:b\r\nC:\t d \t\r\nE:\r\nupgrade: h2c\r\nContent-Encoding: Identity\r\n"),
    `${post}Content-Length: 0001\r\n\r\nx`,
    `${post}transfer-encoding: Chunked\r\n\r\n1 ;a\r\nx\r\n000\r\n\r\n`,
  ];
  const client = await RawClient.connect(served.address);
  for (const bytes of fine) {
    client.text = "";
    client.write(bytes);
    await client.saw("\r\n\r\nx");
  }
  client.close();
  await served.close();
});

test("a request that is cut short is answered with 400 and not executed", async () => {
  let accepted = 0;
  const served = await serve(() => void accepted++);
  for (const bytes of [
    "POST / HT",
    `${post}Content-Length: 10\r\n\r\nfive`,
    `${post}Transfer-Encoding: chunked\r\n\r\n5\r\nfiv`,
  ]) {
    const client = await RawClient.connect(served.address);
    client.socket.end(bytes, "latin1");
    checkRefusal(await client.rest(), 400);
    client.close();
  }
  assert.is(accepted, 0);
  await served.close();
});

test("an answer to a body that is still being sent arrives, and the rest of the body is dropped", async () => {
  const served = await serve(echo, { limits: { maxBodyBytes: 1000 } });
  const client = await RawClient.connect(served.address);
  client.write(requestBytes("x".repeat(8_000_000)));
  checkRefusal(await client.rest(), 413);
  client.close();
  await served.close();
});

test("a head or a body that comes too slowly is answered with 408", async () => {
  const served = await serve(echo, { limits: { headerTimeoutMs: 40, requestTimeoutMs: 80 } });
  for (const [first, then] of [
    ["POST / HTTP/1.1\r\n", "X"],
    [`${post}Content-Length: 100000\r\n\r\n`, "x"],
    [`${post}Transfer-Encoding: chunked\r\n\r\n`, "1\r\nx\r\n"],
  ] as const) {
    const client = await RawClient.connect(served.address);
    client.write(first);
    const drip = setInterval(() => client.write(then), 5);
    checkRefusal(await client.rest(), 408);
    clearInterval(drip);
    client.close();
  }
  await served.close();
});

test("a connection without a request is closed after a while, one with an exchange is not", async () => {
  let release = (): void => {};
  const served = await serve((exchange) => void (release = () => exchange.reply(text("at last"))), {
    limits: { idleTimeoutMs: 40, headerTimeoutMs: 40, requestTimeoutMs: 40 },
  });
  const [silent, busy] = [await RawClient.connect(served.address), await RawClient.connect(served.address)];
  busy.write(`${requestBytes("x")}POST / HT`);

  assert.is(await silent.rest(), "");
  await pause(200);
  assert.not(busy.isEnded);
  release();
  await busy.saw("at last");
  checkRefusal((await busy.rest()).slice(busy.text.indexOf("at last") + 7), 408);
  silent.close();
  busy.close();
  await served.close();
});

test("a peer that takes nothing of its answer is cut off, one that takes it slowly is not", async () => {
  let aborted = 0;
  const served = await serve(
    async (exchange) => {
      exchange.onAbort = { abort: () => void aborted++ };
      await exchange.send(text("x".repeat(20_000_000)));
      exchange.reply(text("EOS"));
    },
    { limits: { writeStallMs: 300 } },
  );
  const [stuck, slow] = [await RawClient.connect(served.address), await RawClient.connect(served.address)];
  stuck.socket.pause();
  stuck.write(requestBytes("x"));
  slow.write(requestBytes("x"));
  slow.socket.on("data", () => {
    slow.socket.pause();
    setTimeout(() => slow.socket.resume(), 3);
  });

  await until("the abort", () => aborted === 1);
  await slow.rest();

  assert.is(aborted, 1);
  assert.match(slow.text.slice(-100), "EOS");
  stuck.close();
  slow.close();
  await served.close();
});

test("a peer that does not close after the last answer is cut off", async () => {
  const served = await serve(echo);
  const client = await RawClient.connect(served.address);
  client.write("nonsense\r\n\r\n");
  await client.rest();
  await until("the server's end", () => {
    client.write("more");
    return client.isClosed;
  });
  await served.close();
});

test("connections beyond the limit are turned away", async () => {
  const served = await serve(echo, { limits: { maxConnections: 2 } });
  const inside = [await RawClient.connect(served.address), await RawClient.connect(served.address)];
  for (const client of inside) client.write(requestBytes("hi"));
  for (const client of inside) await client.saw("\r\n\r\nhi");

  const outside = await RawClient.connect(served.address);
  assert.is(await outside.rest(), "");

  inside[0]?.close();
  await pause(20);
  const later = await RawClient.connect(served.address);
  later.write(requestBytes("hi"));
  await later.saw("\r\n\r\nhi");
  for (const client of [...inside, outside, later]) client.close();
  await served.close();
});

test.run();
