// Connections between our client and go-micro servers, and the other way round: kept, shared, closed.

import assert from "node:assert/strict";
import { eventually, within } from "@micro/kernel/testing";
import type { MdnsRegistry } from "@micro/registry-mdns";
import { suite } from "uvu";
import { type GoPeer, type GoRelease, type GoServer, goPeers } from "../src/go-peer.ts";
import type { HelloResponse, Item } from "../src/greeter.ts";
import { schemasOf } from "../src/greeter-messages.ts";
import { type OurClient, ourClient } from "../src/our-client.ts";
import { ourServer } from "../src/our-server.ts";

const peers = await goPeers();
if (peers !== undefined) {
  testOurClient(peers["0.1"]);
  testOurServer(peers["0.1"]);
  testAddresses(peers);
}

function testOurClient(go: GoPeer): void {
  const test = suite<{ server: GoServer }>("our client's connections to a go-micro server");
  test.before(async (context) => {
    context.server = await go.serve();
  });
  test.after(({ server }) => server.stop());

  /** A test with a client of its own, which is stopped. */
  const testWith = (
    flags: Readonly<Record<string, string>>,
    behaviour: string,
    run: (client: OurClient, service: string) => Promise<void>,
  ): void =>
    test(behaviour, async ({ server }) => {
      const client = await ourClient(flags);
      try {
        await client.find(server.name);
        await within(20_000, behaviour, run(client, server.name));
      } finally {
        await client.stop();
      }
    });

  testWith({}, "without a pool every call has one of its own", async (client, service) => {
    for (const name of ["a", "b", "c"]) await hello(client, service, name);

    assert.equal(client.dialed.length, 3);
  });

  testWith({ client_pool_size: "1" }, "with a pool many calls go over one", async (client, service) => {
    for (let n = 0; n < 20; n++) await hello(client, service, `caller ${n}`);

    assert.equal(client.dialed.length, 1);
  });

  testWith({ client_pool_size: "1" }, "an error of a handler does not cost the connection", async (client, service) => {
    await hello(client, service, "before");
    await assert.rejects(client.kernel.client.call(service, "Say.Fail", { name: "Jane" }), { code: 404 });
    await hello(client, service, "after");

    assert.equal(client.dialed.length, 1);
  });

  // go-micro closes a connection after it has answered that there is no such method.
  testWith(
    { client_pool_size: "1" },
    "one that go-micro closes behind its answer does not cost the next call",
    async (client, service) => {
      for (let n = 0; n < 10; n++) {
        await assert.rejects(client.kernel.client.call(service, "Say.Nothing", {}), { code: 404 });
        await hello(client, service, `call ${n}`);
      }
    },
  );

  testWith(
    { client_pool_size: "1" },
    "a call that was given up does not answer the next one",
    async (client, service) => {
      const late = client.kernel.client.call(
        service,
        "Say.Hello",
        { name: "late", delay_ms: 600 },
        { timeout: "200ms" },
      );
      await assert.rejects(late, { code: 408 });

      await hello(client, service, "first");
      await new Promise((resolve) => setTimeout(resolve, 600));
      await hello(client, service, "second");
    },
  );

  testWith({ client_pool_size: "16" }, "16 callers at once each get their own answers", async (client, service) => {
    await Promise.all(
      Array.from({ length: 16 }, async (_, caller) => {
        for (let n = 0; n < 10; n++) await hello(client, service, `caller ${caller}, call ${n}`);
      }),
    );

    assert.ok(client.dialed.length <= 16, `${client.dialed.length} connections`);
  });

  testWith({}, "16 callers at once without a pool each get their own answers", async (client, service) => {
    await Promise.all(Array.from({ length: 16 }, (_, caller) => hello(client, service, `caller ${caller}`)));
  });

  testWith(
    { client_pool_size: "4" },
    "8 streams at once stay apart, and none takes a kept connection",
    async (client, service) => {
      await hello(client, service, "first");
      const sums = await Promise.all(
        Array.from({ length: 8 }, async (_, stream) => {
          const items = Array.from({ length: 20 }, (_item, n) => ({ n: 100 * stream + n + 1 }));
          return { items, echoed: await collect(client.kernel.client.stream<Item>(service, "Say.Echo", from(items))) };
        }),
      );
      for (const { items, echoed } of sums) assert.deepEqual(echoed, items);

      await hello(client, service, "last");
      assert.equal(client.dialed.length, 9);
    },
  );

  // After our half-close go-micro 2016 answers what is left, then sends an envelope with the error EOF and id 0.
  testWith({}, "items that were sent before our end are answered after it", async (client, service) => {
    const stream = client.kernel.client.stream<Item>(service, "Say.Echo");
    for (let n = 1; n <= 50; n++) await stream.send({ n });
    stream.end();

    const echoed = await collect(stream);

    assert.deepEqual(
      echoed,
      Array.from({ length: 50 }, (_, n) => ({ n: n + 1 })),
    );
  });

  testWith({}, "a stream that is left in the middle is closed, and the service serves on", async (client, service) => {
    for await (const { n } of client.kernel.client.stream<Item>(service, "Say.Stream", { count: 100_000 })) {
      if (n === 10) break;
    }

    await hello(client, service, "after");
  });

  // JSON text has no bound for integers, and go-micro's int64 takes these digits and no others.
  testWith({}, "a bigint reaches go-micro with all its digits", async (client, service) => {
    const stream = client.kernel.client.stream<Item>(service, "Say.Echo", from([{ n: 2n ** 63n - 1n }]));

    // What comes back is rounded when it is read, as JavaScript has no integer of that size.
    assert.deepEqual(await collect(stream), [{ n: 2 ** 63 }]);
  });

  testWith({}, "go-micro leaves a zero out of an item", async (client, service) => {
    assert.deepEqual(await collect(client.kernel.client.stream<Item>(service, "Say.Stream", { count: 2 })), [
      {},
      { n: 1 },
    ]);
  });

  test("a connection that died with its server is not used for the next one", async () => {
    const client = await ourClient({ client_pool_size: "1" });
    const first = await go.serve();
    try {
      await client.find(first.name);
      await hello(client, first.name, "first");
      await first.kill();
      const second = await go.serve({ name: first.name, flags: [`--server_address=${first.address}`] });

      try {
        await eventually(10_000, "an answer of the second", () => answers(client, first.name));
      } finally {
        await second.stop();
      }
    } finally {
      await client.stop();
    }
  });

  test.run();
}

function testOurServer(go: GoPeer): void {
  const test = suite("a go-micro client's connections to our server");

  for (const flags of [[], ["--client_pool_size=4"], ["--client_pool_size=16"]]) {
    test(`16 callers at once are all answered, with ${flags.join(" ") || "a connection for each call"}`, async () => {
      const server = await ourServer();
      try {
        const words = ["bench", server.name, "Say.Hello", "320", "16", "json"];
        const { lines, stderr } = await go.run(words, { flags: ["--selector=cache", ...flags], limitMs: 60_000 });

        const { calls, errors } = lines[0] ?? {};
        assert.deepEqual({ calls, errors }, { calls: 320, errors: {} }, stderr);
        assert.ok(server.calls.length >= 320);
      } finally {
        await server.stop();
      }
    });
  }

  // With its defaults go-micro asks the network before every call and waits 100 ms for answers, which on a busy machine
  // is too short for some calls, also between go-micro and go-micro. 48 callers ask more than 400 times a second, which
  // our registry must not take for a flood.
  for (const callers of [16, 48]) {
    test(`${callers} callers that look the service up for every call find it, and get no other error`, async () => {
      const server = await ourServer();
      try {
        const total = 20 * callers;
        const words = ["bench", server.name, "Say.Hello", String(total), String(callers), "json"];
        const { lines, stderr } = await go.run(words, { limitMs: 60_000 });

        const { calls, failed, errors = {} } = lines[0] ?? {};
        assert.equal(calls, total, stderr);
        assert.ok(Number(failed) < total / 2, `${failed} of ${total} failed`);
        for (const error of Object.keys(errors as object)) assert.match(error, /none available/);
        assert.equal((server.kernel.get("registry") as MdnsRegistry).stats.tooMany, 0);
      } finally {
        await server.stop();
      }
    });
  }

  test("a bidirectional stream ends at our handler when the go-micro client closes it", async () => {
    const server = await ourServer();
    try {
      await go.run(["echo", server.name, "Say.Echo", "3", "json"]);

      // A stop waits for handlers under way; one that hangs would hold it for 30 seconds.
      await within(10_000, "the stop", server.stop());
    } finally {
      await server.stop();
    }
  });

  test.run();
}

function testAddresses(all: Readonly<Record<GoRelease, GoPeer>>): void {
  const test = suite<{ client: OurClient; servers: Readonly<Record<GoRelease, GoServer>> }>("calls by address");
  test.before(async (context) => {
    context.servers = { "0.1": await all["0.1"].serve(), "1.18": await all["1.18"].serve() };
    context.client = await ourClient({ registry: "memory" });
  });
  test.after(async ({ client, servers }) => {
    await client?.stop();
    await Promise.all(Object.values(servers ?? {}).map((server) => server.stop()));
  });

  for (const release of ["0.1", "1.18"] as const) {
    for (const contentType of ["application/json", "application/protobuf"]) {
      test(`go-micro ${release} answers in the protocol of 2016, in ${contentType}`, async ({ client, servers }) => {
        const options = { ...schemasOf("Say.Hello"), contentType, address: servers[release].address };

        const answer = await client.kernel.client.call<HelloResponse>("any", "Say.Hello", { name: "x" }, options);

        assert.equal(answer.msg, "Hello x");
      });
    }
  }

  test("go-micro 1.18 streams in its own protocol, if that is named", async ({ client, servers }) => {
    const options = { address: servers["1.18"].address, protocol: "mucp", timeout: "10s" } as const;
    const stream = client.kernel.client.stream<Item>("any", "Say.Echo", from([{ n: 1 }, { n: 2 }]), options);

    assert.deepEqual(await collect(stream), [{ n: 1 }, { n: 2 }]);
  });

  // After our half-close it just closes the connection, now and then before it has sent what is left.
  test("go-micro 1.18 ends a stream of 2016 without a word, which is an error", async ({ client, servers }) => {
    const options = { address: servers["1.18"].address, timeout: "10s" } as const;
    const stream = client.kernel.client.stream<Item>("any", "Say.Echo", from([{ n: 1 }, { n: 2 }]), options);

    await assert.rejects(collect(stream), { reason: "connection_lost" });
  });

  test.run();
}

async function hello({ kernel }: OurClient, service: string, name: string): Promise<void> {
  const { msg } = await kernel.client.call<HelloResponse>(service, "Say.Hello", { name });
  assert.equal(msg, `Hello ${name}`);
}

async function answers(client: OurClient, service: string): Promise<boolean> {
  return hello(client, service, "again").then(
    () => true,
    () => false,
  );
}

async function collect(stream: AsyncIterable<Item>): Promise<readonly Item[]> {
  const items: Item[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

async function* from<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
