import { type Abortable, Cancellation, MicroError } from "@micro/kernel";
import { HttpTransport } from "@micro/transport-http";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { RawServer } from "./support/raw-peer.ts";
import { after, echo, failure, never, replyBytes, serve, text } from "./support/serve.ts";
import { pause, until, within } from "./support/within.ts";

const test = suite("deadlines, cancellation and lost connections");

test("at the deadline a call ends with 408 and its connection with a reset that the server sees at once", async () => {
  const reasons: unknown[] = [];
  const onAbort: Abortable = { abort: (reason) => void reasons.push(reason) };
  const served = await serve((exchange) => {
    exchange.onAbort = onAbort;
  });
  const connection = await served.dial();

  const error = await failure("the call", connection.roundTrip(text(""), after(30)));

  assert.equal(
    [error.id, error.code, error.detail, error.reason, error.notProcessed],
    ["go.micro.client", 408, "context deadline exceeded", "deadline_exceeded", false],
  );
  assert.not(connection.usable);
  await until("the abort", () => reasons.length === 1);
  await served.close();
});

test("a cancelled call ends with 408 and its connection with it", async () => {
  const served = await serve(() => {});
  const connection = await served.dial();
  const cancellation = new Cancellation();
  const call = failure("the call", connection.roundTrip(text(""), { ...never, cancellation }));

  await pause(5);
  const why = new Error("not needed");
  cancellation.abort(why);

  const error = await call;
  assert.equal([error.code, error.detail, error.reason, error.cause], [408, "context canceled", "cancelled", why]);
  assert.not(connection.usable);
  await served.close();
});

test("a limit that outlives its call does nothing to the next one", async () => {
  const served = await serve(echo);
  const connection = await served.dial();
  const cancellation = new Cancellation();

  await connection.roundTrip(text("1"), { deadline: performance.now() + 60, cancellation });
  const second = connection.roundTrip(text("2"), never);
  cancellation.abort("late");
  await second;
  await pause(120);

  assert.is((await connection.roundTrip(text("3"), never)).body, "3");
  await served.close();
});

test("bytes that nobody asked for end an idle connection", async () => {
  const server = await RawServer.answering(replyBytes("one"));
  const connection = await new HttpTransport().dial(server.address, never);
  await connection.roundTrip(text(""), never);
  assert.ok(connection.usable);

  server.sockets[0]?.write(replyBytes("two"));

  await until("the end of the connection", () => !connection.usable);
  server.close();
});

test("a reply that is longer than it says is delivered, and the connection ends", async () => {
  const server = await RawServer.answering(`${replyBytes("one")}and more`);
  const connection = await new HttpTransport().dial(server.address, never);
  assert.is((await connection.roundTrip(text(""), never)).body, "one");
  assert.not(connection.usable);
  server.close();
});

test("a peer that leaves before its reply began is a lost connection, in the middle of one an invalid response", async () => {
  const cases: [string, "end" | "reset", number, string][] = [
    ["", "end", 500, "connection_lost"],
    ["", "reset", 500, "connection_lost"],
    ["HTTP/1.1 200 OK\r\nContent-Le", "end", 502, "reply_lost"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive", "end", 502, "reply_lost"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfive", "end", 502, "reply_lost"],
  ];
  for (const [bytes, then, code, reason] of cases) {
    const server = await RawServer.answering(bytes, then);
    const connection = await new HttpTransport().dial(server.address, never);
    const error = await failure(bytes, connection.roundTrip(text(""), never));
    assert.equal([error.code, error.reason, error.notProcessed], [code, reason, false], bytes);
    assert.not(connection.usable);
    server.close();
  }
});

test("an idle connection whose server leaves is not usable any more", async () => {
  const server = await RawServer.answering(replyBytes("one"));
  const connection = await new HttpTransport().dial(server.address, never);
  await connection.roundTrip(text(""), never);
  server.sockets[0]?.end();
  await until("the end of the connection", () => !connection.usable);
  server.close();
});

test("nobody at the address is dial_failed and certainly not processed", async () => {
  const server = await RawServer.listen(() => {});
  const { address } = server;
  server.close();
  await pause(5);
  for (const wrong of [
    address,
    "no-such-host.invalid:80",
    "127.0.0.1",
    "127.0.0.1:0",
    "127.0.0.1:70000",
    "a b:80",
    ":80",
    "",
  ]) {
    const error = await failure(wrong, new HttpTransport().dial(wrong, never));
    assert.equal([error.code, error.reason, error.notProcessed], [500, "dial_failed", true], wrong);
    assert.match(error.detail, wrong);
  }
});

test("a call that is called off with a MicroError ends with just that", async () => {
  const served = await serve(() => {});
  const connection = await served.dial();
  const cancellation = new Cancellation();
  const why = new MicroError("go.micro.client", 408, "it took too long", { reason: "attempt_timeout" });
  const call = failure("the call", connection.roundTrip(text(""), { ...never, cancellation }));
  cancellation.abort(why);

  assert.is(await call, why);
  await served.close();
});

test("dialling ends at the deadline, when cancelled, and after its own time limit", async () => {
  // A TLS handshake with a server that says nothing never ends by itself.
  const server = await RawServer.listen((socket) => void socket.resume());
  const silent = new HttpTransport({ tls: { dial: {} }, limits: { dialTimeoutMs: 40 } });

  const late = await failure("dialling", silent.dial(server.address, after(10)));
  assert.equal([late.code, late.reason, late.notProcessed], [408, "deadline_exceeded", true]);

  const cancellation = new Cancellation();
  const dialling = failure("dialling", silent.dial(server.address, { ...never, cancellation }));
  cancellation.abort("why");
  assert.equal([(await dialling).reason, (await dialling).notProcessed], ["cancelled", true]);
  assert.is((await failure("dialling", silent.dial(server.address, { ...never, cancellation }))).reason, "cancelled");

  const slow = await failure("dialling", silent.dial(server.address, never));
  assert.equal([slow.code, slow.reason, slow.notProcessed], [500, "dial_failed", true]);
  assert.match(slow.detail, /40 ms/);
  await until("the sockets to close", () => server.sockets.every((socket) => socket.destroyed || socket.readableEnded));
  server.close();
});

test("no reply is ever delivered to another request, however calls are cancelled and connections used again", async () => {
  const rounds = process.env.CI === "true" ? 20_000 : 4000;
  let seed = 20_160_601;
  const random = (): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return seed / 0x7fffffff;
  };
  const served = await serve((exchange) => {
    const delay = random();
    if (delay < 0.5) echo(exchange);
    else if (delay < 0.9) setImmediate(() => echo(exchange));
    else setTimeout(() => echo(exchange), 12 * random());
  });
  const idle: Awaited<ReturnType<typeof served.dial>>[] = [];
  let done = 0;
  let wrong = 0;
  let cut = 0;
  const worker = async (): Promise<void> => {
    while (done < rounds) {
      const id = String(done++);
      const connection = idle.pop() ?? (await served.dial());
      const cancellation = new Cancellation();
      const dice = random();
      if (dice < 0.1) setImmediate(() => cancellation.abort("random"));
      const limits = { deadline: dice > 0.97 ? performance.now() + 10 : Number.POSITIVE_INFINITY, cancellation };
      try {
        const reply = await connection.roundTrip(text(id), limits);
        if (reply.body !== id) wrong++;
      } catch (error) {
        if (!MicroError.is(error) || error.code !== 408) throw error;
        cut++;
        assert.not(connection.usable);
      }
      if (connection.usable) idle.push(connection);
      else connection.close();
    }
  };

  await within(60_000, "the rounds", Promise.all(Array.from({ length: 16 }, worker)));

  assert.is(wrong, 0);
  assert.ok(cut > rounds / 200, `${cut} calls were cut short`);
  await served.close();
});

test.run();
