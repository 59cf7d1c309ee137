// Deadlines, cancellation and metadata on their way through several programs.

import assert from "node:assert/strict";
import { defineService, type Kernel, startKernel } from "@micro/kernel";
import { eventually, within } from "@micro/kernel/testing";
import { standard } from "@micro/standard";
import { suite } from "uvu";
import { goCaller, sentMetadata } from "../src/caller.ts";
import { type GoPeer, type GoRelease, goPeers } from "../src/go-peer.ts";
import type { HelloRequest, HelloResponse } from "../src/greeter.ts";
import { ourClient } from "../src/our-client.ts";
import { ourServer, type SeenCall } from "../src/our-server.ts";
import { startProgram } from "../src/program.ts";
import { randomName } from "../src/random-name.ts";

const peers = await goPeers();
if (peers !== undefined) testDeadlines(peers);

function testDeadlines(peers: Readonly<Record<GoRelease, GoPeer>>): void {
  const go = peers["0.1"];
  const test = suite("deadlines with go-micro");

  for (const release of ["0.1", "1.18"] as const) {
    test(`our handler sees the time that a client of go-micro ${release} has left, and its signal aborts after it`, async () => {
      const server = await ourServer();
      try {
        const { error } = await goCaller(peers[release]).call(
          server.name,
          "Say.Hello",
          { delay_ms: 9000 },
          { timeout: "700ms" },
        );

        const seen = firstOf(server.calls);
        assert.equal(error?.code, 408);
        assert.ok(seen.remainingMs > 0 && seen.remainingMs <= 700, `${seen.remainingMs} ms were left`);
        await eventually(5000, "the abort of the signal", () => seen.signal.aborted);
      } finally {
        await server.stop();
      }
    });
  }

  test("a go-micro client leaves five seconds when nobody says otherwise", async () => {
    const server = await ourServer();
    try {
      await goCaller(go).call(server.name, "Say.Hello", {});

      const { remainingMs } = firstOf(server.calls);
      assert.ok(remainingMs > 1000 && remainingMs <= 5000, `${remainingMs} ms were left`);
    } finally {
      await server.stop();
    }
  });

  test("our handler's signal aborts when the go-micro client dies while it waits", async () => {
    const server = await ourServer();
    try {
      const words = ["call", server.name, "Say.Hello", '{"delay_ms":9000}', "json", "--registry=mdns"];
      const client = await startProgram(go.binary, [...words, "--client_request_timeout=30s"]);
      await eventually(5000, "the call", () => server.calls.length > 0);
      client.signal("SIGKILL");

      await eventually(3000, "the abort of the signal", () => firstOf(server.calls).signal.aborted);

      await client.ended;
    } finally {
      await server.stop();
    }
  });

  test("our client gives up at its deadline on a go-micro server that has stopped in its tracks", async () => {
    const server = await go.serve();
    const client = await ourClient({ client_pool_size: "2" });
    try {
      await client.find(server.name);
      await client.kernel.client.call(server.name, "Say.Hello", {});
      await server.freeze();

      const call = client.kernel.client.call(server.name, "Say.Hello", {}, { timeout: "300ms" });

      await assert.rejects(within(3000, "the 408", call), { code: 408, id: "go.micro.client" });
    } finally {
      await client.stop();
      await server.kill();
    }
  });

  test("our client's signal ends a call to a go-micro server", async () => {
    const server = await go.serve();
    const client = await ourClient();
    try {
      await client.find(server.name);
      const controller = new AbortController();
      const call = client.kernel.client.call(
        server.name,
        "Say.Hello",
        { delay_ms: 9000 },
        { timeout: "20s", signal: controller.signal },
      );
      setTimeout(() => controller.abort(), 200);

      await assert.rejects(within(3000, "the end of the call", call), { code: 408, reason: "cancelled" });
    } finally {
      await client.stop();
      await server.stop();
    }
  });

  test("our client's stream of a go-micro server ends at the timeout that it was given", async () => {
    const server = await go.serve();
    const client = await ourClient();
    try {
      await client.find(server.name);
      const stream = client.kernel.client.stream(server.name, "Say.Echo", undefined, { timeout: "300ms" });
      await stream.send({ n: 1 });
      assert.deepEqual(await within(5000, "the item", stream.receive()), { n: 1 });

      await assert.rejects(within(3000, "the 408", stream.receive()), { code: 408 });
    } finally {
      await client.stop();
      await server.stop();
    }
  });

  test("a service of ours between go-micro and go-micro carries the metadata on and says who calls", async () => {
    const server = await go.serve();
    const relay = await startRelay(server.name);
    try {
      await findFrom(relay.kernel, server.name);
      const { answer } = await goCaller(go).call(relay.name, "Say.Hello", { name: "John" });

      const { msg, metadata } = answer as unknown as HelloResponse;
      assert.equal(msg, "Hello John");
      for (const [name, value] of Object.entries(sentMetadata)) assert.equal(metadata[name], value);
      // The name that came is kept, as in go-micro: it tells where the chain began.
      assert.equal(metadata["X-Micro-From-Service"], "peer.client");
    } finally {
      await relay.kernel.stop();
      await server.stop();
    }
  });

  test("go-micro learns the name of the service of ours that calls it on its own account", async () => {
    const server = await go.serve();
    const relay = await startRelay(server.name);
    const client = await ourClient();
    try {
      await Promise.all([client.find(relay.name), findFrom(relay.kernel, server.name)]);
      const answer = await client.kernel.client.call<HelloResponse>(relay.name, "Say.Hello", {});

      assert.equal(answer.metadata["X-Micro-From-Service"], relay.name);
    } finally {
      await client.stop();
      await relay.kernel.stop();
      await server.stop();
    }
  });

  test("the next hop gets what a go-micro client's deadline has left", async () => {
    const server = await ourServer();
    const relay = await startRelay(server.name, 300);
    try {
      await findFrom(relay.kernel, server.name);
      await goCaller(go).call(relay.name, "Say.Hello", {}, { timeout: "4s" });

      const { remainingMs } = firstOf(server.calls);
      assert.ok(remainingMs > 0 && remainingMs <= 3800, `${remainingMs} ms were left`);
    } finally {
      await relay.kernel.stop();
      await server.stop();
    }
  });

  test.run();
}

/** A service of ours that passes Say.Hello on. */
async function startRelay(target: string, delayMs = 0): Promise<{ readonly name: string; readonly kernel: Kernel }> {
  const name = randomName("relay");
  const kernel = await startKernel({ plugins: [standard()] }, { flags: { registry: "mdns" } });
  const service = defineService({
    name,
    handlers: {
      Say: {
        Hello: async (input: HelloRequest, { client }) => {
          await new Promise((resolve) => setTimeout(resolve, delayMs));
          return client.call(target, "Say.Hello", input);
        },
      },
    },
  });
  await kernel.serve(service);
  return { name, kernel };
}

function findFrom(kernel: Kernel, service: string): Promise<void> {
  const registry = kernel.get("registry");
  return eventually(10_000, service, async () => (await registry.getService(service)).length > 0);
}

function firstOf(calls: readonly SeenCall[]): SeenCall {
  const [call] = calls;
  if (call === undefined) throw new Error("no call came");
  return call;
}
