// Who sees whom by mDNS, and what is said of a service.

import assert from "node:assert/strict";
import type { RegistryEvent, ServiceNode, ServiceRecord } from "@micro/kernel";
import { eventually } from "@micro/kernel/testing";
import { suite } from "uvu";
import { type GoPeer, type GoRelease, goPeers } from "../src/go-peer.ts";
import type { HelloResponse } from "../src/greeter.ts";
import { type OurClient, ourClient } from "../src/our-client.ts";
import { type OurServer, ourServer } from "../src/our-server.ts";
import { randomName } from "../src/random-name.ts";

const peers = await goPeers();
if (peers !== undefined) {
  testDiscovery(peers["0.1"]);
  testLaterDiscovery(peers);
}

function testDiscovery(go: GoPeer): void {
  const test = suite("discovery with go-micro 0.1");

  test("go-micro lists our service with its endpoints and its node", async () => {
    const server = await ourServer();
    try {
      const record = await listedByGo(go, server.name);

      assert.equal(record?.version, "1.0.0");
      assert.deepEqual(streamMetadata(record), {
        "Say.Echo": "true",
        "Say.Fail": "false",
        "Say.Hello": "false",
        "Say.Stream": "true",
      });
      const [node] = record?.nodes ?? [];
      assert.equal(`${node?.address}:${node?.port}`, server.address);
      assert.ok(node?.id.startsWith(`${server.name}-`));
      const { transport, server: kind, registry, protocol } = node?.metadata ?? {};
      assert.deepEqual(
        { transport, kind, registry, protocol },
        { transport: "http", kind: "rpc", registry: "mdns", protocol: "mucp" },
      );
    } finally {
      await server.stop();
    }
  });

  test("our registry reads what go-micro says of its service", async () => {
    const server = await go.serve({ flags: ["--server_version=2.1.0", "--server_metadata=zone=Zürich"] });
    const client = await ourClient();
    try {
      await client.find(server.name);
      const [record, ...others] = await client.kernel.get("registry").getService(server.name);

      assert.deepEqual(others, []);
      assert.equal(record?.version, "2.1.0");
      assert.deepEqual(streamMetadata(record), {
        "Say.Echo": "true",
        "Say.Fail": "false",
        "Say.Hello": "false",
        "Say.Stream": "true",
      });
      const hello = record?.endpoints.find(({ name }) => name === "Say.Hello");
      assert.equal(hello?.request?.type, "Request");
      assert.deepEqual(
        hello?.response?.values?.filter(({ name }) => ["msg", "metadata"].includes(name)).map(({ name }) => name),
        ["msg", "metadata"],
      );
      const subscriber = record?.endpoints.find(({ metadata }) => metadata.subscriber === "true");
      assert.equal(subscriber?.metadata.topic, "topic.greeter");
      assert.deepEqual(
        record?.nodes.map(({ address, metadata }) => ({ address, metadata })),
        [
          {
            address: server.address,
            metadata: { broker: "http", registry: "mdns", server: "rpc", transport: "http", zone: "Zürich" },
          },
        ],
      );
    } finally {
      await client.stop();
      await server.stop();
    }
  });

  test("both list the services of both", async () => {
    const theirs = await go.serve();
    const ours = await ourServer();
    const client = await ourClient();
    try {
      const names = [theirs.name, ours.name];

      await eventually(10_000, "both names in our list", async () =>
        includesAll(await client.kernel.get("registry").listServices(), names),
      );
      await eventually(10_000, "both names in go-micro's list", async () =>
        includesAll(
          (await listByGo(go)).map(({ name }) => name),
          names,
        ),
      );
    } finally {
      await client.stop();
      await ours.stop();
      await theirs.stop();
    }
  });

  test("a go-micro node that is stopped leaves our registry", async () => {
    const server = await go.serve();
    const client = await ourClient();
    try {
      await client.find(server.name);
      const events: RegistryEvent[] = [];
      const registry = client.kernel.get("registry");
      const watch = registry.watch((event) => events.push(event));
      await server.stop();

      await eventually(10_000, "the node to leave", async () => (await registry.getService(server.name)).length === 0);

      watch.close();
      const [left] = events.filter(({ service }) => service.name === server.name);
      assert.equal(left?.action, "delete");
    } finally {
      await client.stop();
      await server.stop();
    }
  });

  test("a go-micro node that starts later is found by a client that looked before", async () => {
    const name = randomName();
    const client = await ourClient();
    const before = await client.kernel.get("registry").getService(name);
    const server = await go.serve({ name });
    try {
      await client.find(name);

      const answer = await client.kernel.client.call<HelloResponse>(name, "Say.Hello", { name: "John" });

      assert.deepEqual(before, []);
      assert.equal(answer.msg, "Hello John");
    } finally {
      await client.stop();
      await server.stop();
    }
  });

  test("our service that is no longer served leaves go-micro's list, while its kernel runs on", async () => {
    const server = await ourServer();
    try {
      assert.notEqual(await listedByGo(go, server.name), undefined);
      await Promise.all(server.kernel.services.map((service) => server.kernel.unserve(service)));

      const names = (await listByGo(go)).map(({ name }) => name);
      const { lines } = await go.run(["call", server.name, "Say.Hello", "{}", "json"]);

      assert.ok(!names.includes(server.name), `${server.name} is still listed`);
      assert.match(String(lines[0]?.error), /none available/);
    } finally {
      await server.stop();
    }
  });

  test("our client gives calls to both go-micro nodes and to ours", async () => {
    await withThreeNodes(go, async ({ name, addresses, client }) => {
      for (let n = 0; n < 60; n++) await client.kernel.client.call(name, "Say.Hello", {});

      assert.deepEqual([...new Set(client.attempted)].sort(), addresses);
    });
  });

  test("a go-micro client gives calls to both go-micro nodes and to ours", async () => {
    await withThreeNodes(go, async ({ name, ours }) => {
      // Over the cache, which is filled by one lookup that everybody has the time to answer.
      const { lines } = await go.run(["bench", name, "Say.Hello", "200", "4", "json"], { flags: ["--selector=cache"] });

      assert.deepEqual(lines[0]?.errors, {});
      // Of 220 with those to warm up; picked at random.
      assert.ok(ours.calls.length > 20 && ours.calls.length < 200, `${ours.calls.length} calls came to ours`);
    });
  });

  test("when one of three nodes leaves, our client calls on without an error", async () => {
    await withThreeNodes(go, async ({ name, client, ours }) => {
      await ours.stop();

      for (let n = 0; n < 60; n++) await client.kernel.client.call(name, "Say.Hello", {});
    });
  });

  test.run();
}

function testLaterDiscovery(all: Readonly<Record<GoRelease, GoPeer>>): void {
  const go = all["1.18"];
  const test = suite("discovery with go-micro 1.18");

  test("go-micro lists our service with its endpoints and its node, as one that speaks its protocol", async () => {
    const server = await ourServer();
    try {
      const record = await listedByGo(go, server.name);

      assert.deepEqual(Object.keys(streamMetadata(record)), ["Say.Echo", "Say.Fail", "Say.Hello", "Say.Stream"]);
      // A node has no port of its own there.
      assert.deepEqual(
        record?.nodes.map(({ address, metadata }) => ({ address, protocol: metadata.protocol })),
        [{ address: server.address, protocol: "mucp" }],
      );
    } finally {
      await server.stop();
    }
  });

  test("our registry reads what go-micro says of its service", async () => {
    const server = await go.serve({ flags: ["--server_version=2.1.0", "--server_metadata=zone=Zürich"] });
    const client = await ourClient();
    try {
      await client.find(server.name);
      const [record, ...others] = await client.kernel.get("registry").getService(server.name);

      assert.deepEqual(others, []);
      assert.equal(record?.version, "2.1.0");
      // "false" is left out.
      assert.deepEqual(streamMetadata(record), {
        "Say.Echo": "true",
        "Say.Fail": undefined,
        "Say.Hello": undefined,
        "Say.Stream": "true",
      });
      const own = { broker: "http", protocol: "mucp", registry: "mdns", server: "mucp", transport: "http" };
      assert.deepEqual(
        record?.nodes.map(({ address, metadata }) => ({ address, metadata })),
        [{ address: server.address, metadata: { ...own, zone: "Zürich" } }],
      );
    } finally {
      await client.stop();
      await server.stop();
    }
  });

  test("a go-micro node that is stopped leaves our registry", async () => {
    const server = await go.serve();
    const client = await ourClient();
    try {
      await client.find(server.name);
      await server.stop();

      const registry = client.kernel.get("registry");
      await eventually(10_000, "the node to leave", async () => (await registry.getService(server.name)).length === 0);
    } finally {
      await client.stop();
      await server.stop();
    }
  });

  test("our service that is no longer served leaves go-micro's list, while its kernel runs on", async () => {
    const server = await ourServer();
    try {
      assert.notEqual(await listedByGo(go, server.name), undefined);
      await Promise.all(server.kernel.services.map((service) => server.kernel.unserve(service)));

      const { lines } = await go.run(["call", server.name, "Say.Hello", "{}", "json"]);

      assert.match(String(lines[0]?.error), /not found/);
    } finally {
      await server.stop();
    }
  });

  // They announce themselves in different domains of mDNS. A lookup in the moment of an announcement takes the node of
  // the other domain for one of its own, so they may find each other for a few seconds, and by luck.
  test("go-micro 0.1 and 1.18 do not find each other, while we and both of them do", async () => {
    const [old, later] = [await all["0.1"].serve(), await go.serve()];
    const [client, ours] = [await ourClient(), await ourServer()];
    try {
      const errorOf = async (caller: GoPeer, name: string): Promise<string> =>
        String((await caller.run(["call", name, "Say.Hello", "{}", "json"])).lines[0]?.error);
      await eventually(20_000, "none available", async () =>
        (await errorOf(all["0.1"], later.name)).includes("none available"),
      );
      await eventually(20_000, "not found", async () => (await errorOf(go, old.name)).includes("not found"));

      for (const { name } of [old, later, ours]) await client.find(name);
      for (const caller of [all["0.1"], go]) {
        const { lines } = await caller.run(["call", ours.name, "Say.Hello", "{}", "json"]);
        assert.equal(lines[0]?.msg, "Hello ");
      }
    } finally {
      await client.stop();
      await Promise.all([old, later, ours].map((server) => server.stop()));
    }
  });

  test("our client gives calls to nodes of both releases under one name, each in its own protocol", async () => {
    const name = randomName();
    const theirs = [await all["0.1"].serve({ name }), await go.serve({ name })];
    const client = await ourClient();
    try {
      await client.find(name, 2);
      for (let n = 0; n < 40; n++) await client.kernel.client.call(name, "Say.Hello", {});

      assert.deepEqual([...new Set(client.attempted)].sort(), theirs.map(({ address }) => address).sort());
    } finally {
      await client.stop();
      await Promise.all(theirs.map((server) => server.stop()));
    }
  });

  test.run();
}

interface ThreeNodes {
  readonly name: string;
  /** Of the three, sorted. */
  readonly addresses: readonly string[];
  readonly ours: OurServer;
  /** Knows all three. */
  readonly client: OurClient;
}

/** Two go-micro nodes and one of ours under one name. */
async function withThreeNodes(go: GoPeer, run: (nodes: ThreeNodes) => Promise<void>): Promise<void> {
  const name = randomName();
  const theirs = await Promise.all([go.serve({ name }), go.serve({ name })]);
  const ours = await ourServer(name);
  const client = await ourClient();
  try {
    await client.find(name, 3);
    await run({ name, addresses: [...theirs, ours].map(({ address }) => address).sort(), ours, client });
  } finally {
    await client.stop();
    await ours.stop();
    await Promise.all(theirs.map((server) => server.stop()));
  }
}

/** A record in the form of 2016, where a node's port stands apart. */
type GoRecord = Omit<ServiceRecord, "nodes"> & { readonly nodes: readonly (ServiceNode & { readonly port: number })[] };

/** `micro list services` of 2016: every record of every service. */
async function listByGo(go: GoPeer): Promise<readonly GoRecord[]> {
  const { lines } = await go.run(["list"]);
  // A service that left while it listed them is null.
  return lines.flatMap((line) => (line as unknown as readonly GoRecord[] | null) ?? []);
}

/** A service in that list. It may take a second look: go-micro waits only 100 ms for answers. */
async function listedByGo(go: GoPeer, name: string): Promise<GoRecord | undefined> {
  for (let look = 0; look < 5; look++) {
    const record = (await listByGo(go)).find((each) => each.name === name);
    if (record !== undefined) return record;
  }
  return undefined;
}

function streamMetadata(
  record: Pick<ServiceRecord, "endpoints"> | undefined,
): Readonly<Record<string, string | undefined>> {
  const methods = (record?.endpoints ?? []).filter(({ metadata }) => metadata.subscriber === undefined);
  return Object.fromEntries(methods.map(({ name, metadata }) => [name, metadata.stream] as const).sort());
}

function includesAll(names: readonly string[], wanted: readonly string[]): boolean {
  return wanted.every((name) => names.includes(name));
}
