import { bodyText, Cancellation, MicroError, type ServerExchange } from "@micro/kernel";
import { HttpTransport } from "@micro/transport-http";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { RawClient, RawServer, writePieces } from "./support/raw-peer.ts";
import { echo, failure, never, replyBytes, requestBytes, serve, text, textHeader } from "./support/serve.ts";
import { pause, until, within } from "./support/within.ts";

const test = suite("calls over HTTP");

test("a request gets its reply, and the connection is used again", async () => {
  const served = await serve(echo);
  const connection = await served.dial();

  const first = await within(5000, "the first call", connection.roundTrip(text("one"), never));
  const second = await within(5000, "the second call", connection.roundTrip(text("two"), never));

  assert.equal([first.body, second.body], ["one", "two"]);
  assert.is(connection.exchanges, 2);
  assert.ok(connection.usable);
  await served.close();
});

test("ASCII bodies arrive as strings, all others as bytes, of any length", async () => {
  const bodies: (string | Uint8Array)[] = [];
  const served = await serve((exchange) => {
    bodies.push(exchange.request.body);
    echo(exchange);
  });
  const connection = await served.dial();
  const binary = Buffer.alloc(300_000, 0xfe);

  for (const body of [
    "",
    "plain",
    "Grüße, 世界 🌍",
    Buffer.from([0, 1, 0xff]),
    binary,
    "x".repeat(3_000_000),
    Buffer.from("ascii"),
  ]) {
    const reply = await within(5000, "the call", connection.roundTrip({ header: {}, body }, never));
    assert.equal(Buffer.from(reply.body as string), Buffer.from(body as string));
  }

  assert.equal(
    bodies.map((body) => typeof body),
    ["string", "string", "object", "object", "object", "string", "string"],
  );
  await served.close();
});

test("a request is written as go-micro writes it, without the headers that belong to a connection", async () => {
  const server = await RawServer.listen((socket) => {
    socket.once("data", (bytes) => {
      seen = bytes.toString();
      socket.write(replyBytes("ok"));
    });
  });
  let seen = "";
  const connection = await new HttpTransport().dial(server.address, never);
  const header = {
    "Content-Type": "application/json",
    Timeout: "5000000000",
    "x-user-id": "john",
    "Content-Length": "999",
    "Transfer-Encoding": "chunked",
    "user-agent": "somebody",
    Host: "elsewhere",
    Connection: "close",
    Expect: "100-continue",
    Trailer: "X",
  };

  await within(5000, "the call", connection.roundTrip({ header, body: "{}" }, never));

  assert.is(
    seen,
    `POST / HTTP/1.1\r\nHost: ${server.address}\r\nContent-Length: 2\r\nContent-Type: application/json\r\nTimeout: 5000000000\r\nX-User-Id: john\r\n\r\n{}`,
  );
  connection.close();
  server.close();
});

test("a reply carries its own headers and never those of the request", async () => {
  const served = await serve(echo);
  const client = await RawClient.connect(served.address);

  client.write(requestBytes("hi", "Authorization: secret\r\nCookie: c\r\nX-User-Id: john\r\n"));
  await client.saw("\r\n\r\nhi");

  assert.is(client.text, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nhi");
  client.close();
  await served.close();
});

test("headers come under their canonical names, the first of a repeated one counts, and framing stays out", async () => {
  let request: ServerExchange["request"] | undefined;
  const served = await serve((exchange) => {
    request = exchange.request;
    echo(exchange);
  });
  const client = await RawClient.connect(served.address);

  client.write(
    requestBytes(
      "",
      "x-user-ID:  john \r\nX-User-Id: jane\r\ncontent-type: text/plain\r\n__proto__: x\r\nX-Empty:\r\n",
    ),
  );
  await client.saw("200 OK");

  const header = request?.header ?? {};
  assert.equal(Object.entries(header), [
    ["X-User-Id", "john"],
    ["Content-Type", "text/plain"],
    ["__proto__", "x"],
    ["X-Empty", ""],
  ]);
  assert.is(Object.getPrototypeOf(header), null);
  assert.ok(Object.isFrozen(header));
  client.close();
  await served.close();
});

test("the same head twice gives the same header object, whatever the length of the body", async () => {
  const headers: unknown[] = [];
  const served = await serve((exchange) => {
    headers.push(exchange.request.header);
    echo(exchange);
  });
  const connection = await served.dial();

  const first = await connection.roundTrip(text("a"), never);
  const second = await connection.roundTrip(text("a longer body"), never);
  await connection.roundTrip({ header: { Other: "1" }, body: "b" }, never);

  assert.is(headers[0], headers[1]);
  assert.is(first.header, second.header);
  assert.equal({ ...(headers[2] as object) }, { Other: "1" });
  await served.close();
});

test("a reply in one-byte pieces is the same as in one", async () => {
  const bytes = replyBytes("hello", "Content-Type: text/plain\r\n");
  const server = await RawServer.listen((socket) => {
    socket.on("data", () => void writePieces(socket, bytes));
  });
  const connection = await new HttpTransport().dial(server.address, never);

  for (let round = 0; round < 2; round++) {
    const reply = await within(5000, "the call", connection.roundTrip(text("?"), never));
    assert.equal([reply.body, { ...reply.header }], ["hello", { "Content-Type": "text/plain" }]);
  }

  connection.close();
  server.close();
});

test("chunked requests are read, with extensions and trailers", async () => {
  const served = await serve(echo);
  const client = await RawClient.connect(served.address);
  const chunkedBody = "4;a=b\r\nWiki\r\n6\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\nX-Trailer: 1\r\n\r\n";
  const bytes = `POST /x?y HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n${chunkedBody}`;

  client.write(bytes);
  await client.saw("Wikipedia in \r\n\r\nchunks.");
  client.text = "";
  await client.drip(bytes);
  await client.saw("Wikipedia in \r\n\r\nchunks.");

  client.close();
  await served.close();
});

test("replies may be chunked, end with the connection, or follow interim responses", async () => {
  const cases: [string, string][] = [
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "hello"],
    ["HTTP/1.1 200 OK\r\n\r\nhello", "hello"],
    ["HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello"],
    [
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
      "hello",
    ],
    ["HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello", "hello"],
  ];
  for (const [bytes, body] of cases) {
    const server = await RawServer.answering(bytes, "end");
    const connection = await new HttpTransport().dial(server.address, never);
    const reply = await within(5000, bytes, connection.roundTrip(text("?"), never));
    assert.is(reply.body, body);
    connection.close();
    server.close();
  }
});

test("a connection is not usable after Connection: close and after an HTTP/1.0 reply", async () => {
  for (const bytes of [replyBytes("x", "Connection: keep-alive, Close\r\n"), replyBytes("x").replace("1.1", "1.0")]) {
    const server = await RawServer.answering(bytes);
    const connection = await new HttpTransport().dial(server.address, never);
    await within(5000, "the call", connection.roundTrip(text("?"), never));
    assert.not(connection.usable);
    connection.close();
    server.close();
  }
});

test("the server closes after a request that asks for it, and says so", async () => {
  for (const bytes of [requestBytes("hi", "Connection: close\r\n"), requestBytes("hi").replace("1.1", "1.0")]) {
    const served = await serve(echo);
    const client = await RawClient.connect(served.address);
    client.write(bytes + requestBytes("never looked at"));
    assert.is(
      await client.rest(),
      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nhi",
    );
    client.close();
    await served.close();
  }
});

test("a last answer arrives whole, however long it is", async () => {
  const served = await serve((exchange) => exchange.reply(text("x".repeat(20_000_000))));
  const client = await RawClient.connect(served.address);
  client.socket.pause();
  client.write(requestBytes("hi", "Connection: close\r\n"));
  await pause(30);
  client.socket.resume();
  assert.is((await client.rest()).split("\r\n\r\n")[1]?.length, 20_000_000);
  client.close();
  await served.close();
});

test("a client that expects 100-continue gets it before it sends the body", async () => {
  const served = await serve(echo);
  const client = await RawClient.connect(served.address);

  client.write("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  await client.saw("HTTP/1.1 100 Continue\r\n\r\n");
  client.write("hello");
  await client.saw("\r\n\r\nhello");

  client.close();
  await served.close();
});

test("metadata that cannot stand in a head is refused before a byte leaves, and the connection stays", async () => {
  const served = await serve(echo);
  const connection = await served.dial();
  const bad: [string, string][] = [
    ["X-A", "a\r\nX-B: b"],
    ["X-A", "a\nb"],
    ["X-A", "a\0"],
    ["X-A", "é"],
    ["X-A", "世"],
    ["X-A\r\nX-B", "b"],
    ["X A", "b"],
    ["X:A", "b"],
    ["", "b"],
    ["Xé", "b"],
  ];
  for (const [name, value] of bad) {
    const error = await failure(
      JSON.stringify([name, value]),
      connection.roundTrip({ header: { [name]: value }, body: "" }, never),
    );
    assert.is(error.code, 400);
    assert.match(error.detail, /^invalid metadata/);
    assert.ok(error.notProcessed);
    assert.throws(() => connection.open({ header: { [name]: value }, body: "" }, never), /invalid metadata/);
  }
  assert.is(connection.exchanges, 0);
  assert.is((await connection.roundTrip(text("fine"), never)).body, "fine");
  await served.close();
});

test("a handler's reply with metadata that cannot be written becomes a 500, and nothing hangs", async () => {
  const served = await serve((exchange) => exchange.reply({ header: { "X-A": "a\r\nSet-Cookie: x" }, body: "" }));
  const connection = await served.dial();

  const error = await failure("the call", connection.roundTrip(text(""), never));

  assert.is(error.code, 500);
  assert.match(error.detail, /invalid metadata/);
  await served.close();
});

test("a refusal may say when to come back", async () => {
  const served = await serve((exchange) =>
    exchange.refuse(new MicroError("go.micro.srv.x", 503, "busy", { retryAfterMs: 1500 })),
  );
  const error = await failure("the call", (await served.dial()).roundTrip(text(""), never));
  assert.equal([error.reason, error.retryAfterMs], ["refused", 2000]);
  await served.close();

  const minute = new Date(Date.now() + 60_000).toUTCString();
  for (const [header, least, most] of [
    ["0", 0, 0],
    ["7", 7000, 7000],
    [minute, 50_000, 60_000],
    ["Thu, 01 Jan 2015 00:00:00 GMT", 0, 0],
    ["soon", undefined, undefined],
    ["", undefined, undefined],
  ] as const) {
    const server = await RawServer.answering(replyBytes("busy", `Retry-After: ${header}\r\n`, "503 Busy"));
    const connection = await new HttpTransport().dial(server.address, never);
    const { retryAfterMs } = await failure(header, connection.roundTrip(text(""), never));
    if (least === undefined) assert.is(retryAfterMs, undefined, header);
    else assert.ok(retryAfterMs !== undefined && retryAfterMs >= least && retryAfterMs <= most, header);
    server.close();
  }
});

test("a refused exchange is an error with its code, and whether it was processed", async () => {
  const served = await serve((exchange) =>
    exchange.refuse(new MicroError("go.micro.srv.x", 503, "stopping", { notProcessed: exchange.request.body === "a" })),
  );

  for (const body of ["a", "b"]) {
    const connection = await served.dial();
    const error = await failure("the call", connection.roundTrip(text(body), never));
    assert.equal(error.toJSON(), {
      id: "go.micro.srv.x",
      code: 503,
      detail: "stopping",
      status: "Service Unavailable",
    });
    assert.is(error.notProcessed, body === "a");
    assert.not(connection.usable);
  }
  await served.close();
});

test("a second reply and everything after the end of an exchange do nothing", async () => {
  const served = await serve((exchange) => {
    exchange.reply(text(`first ${exchange.request.body}`));
    exchange.reply(text("second"));
    exchange.refuse(new MicroError("x", 500, "third"));
    void exchange.send(text("fourth"));
  });
  const connection = await served.dial();

  assert.is((await connection.roundTrip(text("1"), never)).body, "first 1");
  assert.is((await connection.roundTrip(text("2"), never)).body, "first 2");
  await served.close();
});

test("an accept that throws ends in a 500 for the caller and nothing worse", async () => {
  const served = await serve(() => {
    throw new Error("boom");
  });
  const error = await failure("the call", (await served.dial()).roundTrip(text(""), never));
  assert.equal([error.code, error.detail], [500, "boom"]);
  await served.close();
});

test("a connection carries one exchange at a time", async () => {
  const served = await serve(() => {});
  const connection = await served.dial();
  const first = failure("the first call", connection.roundTrip(text("1"), never));

  assert.not(connection.usable);
  const second = await failure("the second call", connection.roundTrip(text("2"), never));

  assert.ok(second.notProcessed);
  assert.throws(() => connection.open(text("3"), never), /not usable/);
  connection.close();
  assert.is((await first).reason, "connection_lost");
  await served.close();
});

test("a call that was called off before it began is not sent", async () => {
  const served = await serve(echo);
  const connection = await served.dial();
  const cancellation = new Cancellation();
  cancellation.abort("why");

  const error = await failure("the call", connection.roundTrip(text(""), { deadline: 1e12, cancellation }));

  assert.equal([error.code, error.reason, error.notProcessed], [408, "cancelled", true]);
  assert.is(connection.exchanges, 0);
  assert.ok(connection.usable);
  await served.close();
});

test("a connection tells once that it closed, whoever closed it", async () => {
  const served = await serve(echo);
  for (const close of ["client", "server"] as const) {
    const connection = await served.dial();
    let times = 0;
    connection.onClose = () => times++;
    await connection.roundTrip(text(""), never);
    if (close === "client") connection.close();
    else await served.listener.close();
    await until("onClose", () => times > 0);
    assert.not(connection.usable);
    connection.close();
    assert.is(times, 1);
  }
  await served.close();
});

test("an exchange knows the address of its client", async () => {
  let remote = "";
  const served = await serve((exchange) => {
    remote = exchange.remoteAddress;
    echo(exchange);
  });
  await (await served.dial()).roundTrip(text(""), never);
  assert.match(remote, /^127\.0\.0\.1:\d+$/);
  await served.close();
});

test("headers that are changed by copying are written afresh", async () => {
  const served = await serve((exchange) =>
    exchange.reply({ header: {}, body: bodyText(exchange.request.header["X-N"] ?? "") }),
  );
  const connection = await served.dial();
  for (let round = 0; round < 12; round++) {
    const header = { ...textHeader, "X-N": String(round % 5) };
    assert.is((await connection.roundTrip({ header, body: "" }, never)).body, String(round % 5));
  }
  await served.close();
});

test.run();
