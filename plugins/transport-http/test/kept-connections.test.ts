import { fork } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execArgv } from "node:process";
import type { Connection } from "@micro/kernel";
import { HttpTransport } from "@micro/transport-http";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { RawClient, RawServer } from "./support/raw-peer.ts";
import { echo, failure, never, replyBytes, requestBytes, serve, text } from "./support/serve.ts";
import { pause, until, within } from "./support/within.ts";

const test = suite("connections that are kept");

for (const [hint, isUsable] of [
  ["", true],
  ["Keep-Alive: timeout=5\r\n", true],
  ["Keep-Alive: max=100, timeout=5\r\n", true],
  ['keep-alive: Timeout = "5"\r\n', true],
  ["Keep-Alive: timeout=1\r\n", false],
  ["Keep-Alive: timeout=0\r\n", false],
  ["Keep-Alive: timeout=5\r\nKeep-Alive: timeout=1\r\n", false],
  ["Keep-Alive: timeout=soon\r\n", true],
  ["Keep-Alive: timeout=-1\r\n", true],
  ["Keep-Alive: xtimeout=1\r\n", true],
  [`Keep-Alive: timeout=${"9".repeat(400)}\r\n`, true],
] as const) {
  const shown = hint.length > 80 ? "a Keep-Alive of endless digits" : JSON.stringify(hint);
  test(`after a reply with ${shown} it may ${isUsable ? "" : "not "}carry another exchange`, async () => {
    await withReplies([replyBytes("one", hint)], async (connection) => {
      const reply = await within(5000, "the reply", connection.roundTrip(text("x"), never));

      assert.is(connection.usable, isUsable);
      assert.equal({ ...reply.header }, {}, "the hint is the transport's and not handed on");
    });
  });
}

test("from a second before the peer would close it, it is not usable, though it is open", async () => {
  await withReplies([replyBytes("one", "Keep-Alive: timeout=2\r\n")], async (connection, server) => {
    await within(5000, "the reply", connection.roundTrip(text("x"), never));
    const repliedAt = performance.now();
    assert.ok(connection.usable);

    await until("the end of its use", () => !connection.usable);

    assert.ok(performance.now() - repliedAt >= 900, "it may be used until then");
    assert.not(server.sockets[0]?.readableEnded);
    const error = await failure("the second call", connection.roundTrip(text("y"), never));
    assert.equal([error.reason, error.notProcessed], ["connection_lost", true]);
  });
});

test("the hint of the last reply counts", async () => {
  const replies = [
    replyBytes("one", "Keep-Alive: timeout=5\r\n"),
    replyBytes("two"),
    replyBytes("x", "Keep-Alive: timeout=1\r\n"),
  ];
  await withReplies(replies, async (connection) => {
    const seen: boolean[] = [];
    for (const body of ["1", "2", "3"]) {
      await within(5000, "the reply", connection.roundTrip(text(body), never));
      seen.push(connection.usable);
    }

    assert.equal(seen, [true, true, false]);
  });
});

for (const [what, body] of [
  ["a short body", "again"],
  ["a body longer than any buffer", "x".repeat(2_000_000)],
  ["a binary body", new Uint8Array(100_000)],
] as const) {
  test(`with ${what}, a peer that had reset it before the request was written has not processed it`, async () => {
    const error = await callAfterEnd("reset", body);

    assert.equal([error.code, error.reason, error.notProcessed], [500, "connection_lost", true]);
  });
}

test("a peer that had closed it in order may have read the request all the same", async () => {
  const error = await callAfterEnd("close", "again");

  assert.equal([error.code, error.reason, error.notProcessed], [500, "connection_lost", false]);
});

test("a peer that resets it after it has read the request may have processed it", async () => {
  const server = await RawServer.listen((socket) => socket.once("data", () => socket.resetAndDestroy()));
  const connection = await within(5000, "dialling", new HttpTransport().dial(server.address, never));
  try {
    const error = await failure("the call", connection.roundTrip(text("x"), never));

    assert.equal([error.reason, error.notProcessed], ["connection_lost", false]);
  } finally {
    connection.close();
    server.close();
  }
});

/** What a second call ends with when its peer, another process, ends the connection and nobody here has looked yet. */
async function callAfterEnd(end: "close" | "reset", body: string | Uint8Array): ReturnType<typeof failure> {
  const folder = mkdtempSync(join(tmpdir(), "micro-ending-peer-"));
  const ended = join(folder, "ended");
  const peer = fork(new URL("./support/ending-peer.ts", import.meta.url), [end, ended], { execArgv });
  try {
    const port = await within(20_000, "the peer", new Promise<unknown>((resolve) => peer.once("message", resolve)));
    const connection = await within(5000, "dialling", new HttpTransport().dial(`127.0.0.1:${port}`, never));
    await within(5000, "the first reply", connection.roundTrip(text("x"), never));
    peer.send("end");
    // All in one turn, so that the end is there and not yet seen.
    sleepUntilThere(ended);
    assert.ok(connection.usable);
    return await failure("the second call", connection.roundTrip({ header: {}, body }, never));
  } finally {
    peer.kill();
    rmSync(folder, { recursive: true });
  }
}

test("what was sent while the process stood still, and reset since, is not executed when it goes on", async () => {
  const executed: unknown[] = [];
  const served = await serve((exchange) => {
    executed.push(exchange.request.body);
    echo(exchange);
  });
  const [leaving, staying] = [await RawClient.connect(served.address), await RawClient.connect(served.address)];
  for (const client of [leaving, staying]) {
    client.write(requestBytes("first"));
    await client.saw("first");
  }

  leaving.write(requestBytes("given up"));
  leaving.socket.resetAndDestroy();
  staying.write(requestBytes("waited for"));
  // Nothing of it is read meanwhile, as in a process that was stopped.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
  await staying.saw("waited for");
  await pause(50);

  assert.equal(executed, ["first", "first", "waited for"]);
  staying.close();
  await served.close();
});

function sleepUntilThere(file: string): void {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  const end = performance.now() + 20_000;
  while (!existsSync(file)) {
    assert.ok(performance.now() < end, "the peer did not end the connection within 20 s");
    Atomics.wait(clock, 0, 0, 5);
  }
}

async function withReplies(
  replies: readonly string[],
  run: (connection: Connection, server: RawServer) => Promise<void>,
): Promise<void> {
  const server = await RawServer.listen((socket) => {
    const rest = [...replies];
    socket.on("data", () => void socket.write(rest.shift() ?? ""));
  });
  const connection = await within(5000, "dialling", new HttpTransport().dial(server.address, never));
  try {
    await run(connection, server);
    await pause(0);
  } finally {
    connection.close();
    server.close();
  }
}

test.run();
