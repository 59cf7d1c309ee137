// The proxy itself: what it does to connections must be what a test that uses it believes.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { eventually, leaks, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import { FaultProxy, type Faults } from "../src/fault-proxy.ts";

const test = suite("a fault proxy");

test("without faults bytes and half-closes pass both ways", async () => {
  await through({}, async ({ client }) => {
    client.end("hello");

    assert.equal(await textOf(client), "hello");
  });
});

test("latency makes bytes late, in order", async () => {
  await through({ latencyMs: 30 }, async ({ client }) => {
    const start = performance.now();
    for (const word of ["one ", "two ", "three"]) client.write(word);
    client.end();

    assert.equal(await textOf(client), "one two three");
    assert.ok(performance.now() - start >= 55, "late on the way there and back");
  });
});

test("a black hole swallows bytes and ends", async () => {
  await through({ isBlackhole: true }, async ({ client, proxy, chunks }) => {
    client.write("hello");
    await eventually(2000, "a connection", () => proxy.connections === 1);
    client.end();

    await assert.rejects(within(100, "an answer", once(client, "data")), /not within/);
    assert.deepEqual(chunks, []);
  });
});

test("slices arrive one by one", async () => {
  await through({ sliceBytes: 1 }, async ({ client }) => {
    const seen: number[] = [];
    client.on("data", (chunk: Buffer) => seen.push(chunk.length));
    client.end("a few words");
    await once(client, "end");

    assert.equal(
      seen.reduce((sum, length) => sum + length, 0),
      "a few words".length,
    );
    assert.ok(seen.length > 5, `${seen.length} pieces`);
  });
});

test("a cut resets after so many bytes of the answer", async () => {
  await through({ cutAfterBytes: 5 }, async ({ client }) => {
    client.write("hello world");

    assert.match(await textOf(client).catch((error: NodeJS.ErrnoException) => `${error.code}`), /^(hello|ECONNRESET)$/);
  });
});

test("a reset reaches both sides", async () => {
  await through({}, async ({ client, proxy, sockets }) => {
    client.write("hello");
    await once(client, "data");
    const [lost, served] = [once(client, "error"), once(sockets[0] as Socket, "error")];
    proxy.reset();

    for (const [error] of await within(2000, "both errors", Promise.all([lost, served]))) {
      assert.equal((error as NodeJS.ErrnoException).code, "ECONNRESET");
    }
  });
});

test("a half-close ends what comes and not what goes", async () => {
  await through({}, async ({ client, proxy, chunks }) => {
    client.write("one");
    await once(client, "data");
    proxy.halfClose();
    client.resume();
    await within(2000, "the end", once(client, "end"));
    client.write("two");

    await eventually(2000, "the server has it", () => chunks.join("") === "onetwo");
  });
});

test("a refused connection is reset, and refused no longer when it changes", async () => {
  await through({ isRefusing: true }, async ({ client, proxy }) => {
    await assert.rejects(within(2000, "a reset", textOf(client)), { code: "ECONNRESET" });
    proxy.faults.isRefusing = false;
    const [host = "", port] = proxy.address.split(":");
    const other = connect(Number(port), host).end("again");

    assert.equal(await textOf(other), "again");
  });
});

test("closing leaves nothing open", async () => {
  const leaked = leaks();
  await through({ isBlackhole: true }, async ({ client, proxy }) => {
    client.write("hello");
    await eventually(2000, "a connection", () => proxy.connections === 1);
  });

  assert.deepEqual(await leaked(), []);
});

test.run();

interface Scene {
  readonly proxy: FaultProxy;
  /** Connected through the proxy, and half-open if it wants. */
  readonly client: Socket;
  /** What the server, which sends everything back, was sent. */
  readonly chunks: readonly string[];
  readonly sockets: readonly Socket[];
}

async function through(faults: Partial<Faults>, run: (scene: Scene) => Promise<void>): Promise<void> {
  const [chunks, sockets]: [string[], Socket[]] = [[], []];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk.toString());
      socket.write(chunk);
    });
    socket.on("end", () => socket.end());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy = await FaultProxy.start(`127.0.0.1:${(server.address() as { readonly port: number }).port}`, faults);
  const [host = "", port] = proxy.address.split(":");
  const client = connect({ port: Number(port), host, allowHalfOpen: true });
  client.on("error", () => {});
  try {
    await run({ proxy, client, chunks, sockets });
  } finally {
    client.destroy();
    await proxy.close();
    server.close();
  }
}

async function textOf(socket: Socket): Promise<string> {
  let text = "";
  for await (const chunk of socket) text += chunk;
  return text;
}
