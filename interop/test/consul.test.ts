// Both sides over a Consul agent of the tests' own: the rows of the table in src/rpc-rows.ts, with the defaults of 2016
// and with the cache and the pool that its users were told to switch on.

import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";
import { defineService, type RawFlags } from "@micro/kernel";
import { eventually, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import { type Caller, type Encoding, goCaller, ourCaller, type Side } from "../src/caller.ts";
import { type ConsulAgent, startConsul } from "../src/consul-agent.ts";
import { type GoPeer, goPeer } from "../src/go-peer.ts";
import greeterWithSchemas from "../src/greeter-with-schemas.ts";
import { type OurClient, ourClient } from "../src/our-client.ts";
import { ourServer } from "../src/our-server.ts";
import { randomName } from "../src/random-name.ts";
import { type Pair, rowsFor } from "../src/rpc-rows.ts";

/** The flags of a fleet: without any, and those of Micro's FAQ. */
const setups: Readonly<Record<string, RawFlags>> = {
  "with the defaults": {},
  "with cache and pool": { selector: "cache", client_pool_size: "10" },
};

const go = await goPeer("0.1");
const agent = go === undefined ? undefined : await startConsul();
if (go !== undefined && agent !== undefined) {
  for (const [how, flags] of Object.entries(setups)) testTable(agent, go, how, flags);
  testRecords(agent, go);
}

function testTable(consul: ConsulAgent, peer: GoPeer, how: string, flags: RawFlags): void {
  const over = overConsul(consul);
  const program = peer.with(asWords({ ...over, ...flags }));
  const pairs: readonly (readonly [client: Side, server: Side, encoding: Encoding])[] = [
    ["ours", "go-micro 0.1", "json"],
    ["ours with schemas", "go-micro 0.1", "proto"],
    ["go-micro 0.1", "ours", "json"],
    ["go-micro 0.1", "ours with schemas", "proto"],
    ["ours", "ours", "json"],
    ["go-micro 0.1", "go-micro 0.1", "json"],
  ];
  for (const [client, server, encoding] of pairs) {
    const test = suite<Pair & { readonly close: () => Promise<void> }>(
      `over Consul ${how}: ${client} calls ${server} in ${encoding === "json" ? "JSON" : "protobuf"}`,
    );
    test.before(async (context) => {
      const started = await startServer(server, program, over);
      const { name } = started;
      const caller = await startCaller(client, encoding, program, { ...over, ...flags }, name);
      const close = async (): Promise<void> => {
        await caller.close();
        await started.stop();
      };
      Object.assign(context, { server, name, caller: caller.caller, close });
    });
    test.after((context) => context.close?.());
    for (const [behaviour, check] of rowsFor(client, encoding, server)) {
      test(behaviour, (pair) => within(30_000, behaviour, check(pair)));
    }
    test.run();
  }
}

function testRecords(consul: ConsulAgent, peer: GoPeer): void {
  const over = overConsul(consul);
  const program = peer.with(asWords(over));
  const test = suite("records in Consul");
  test.after(() => consul.stop());

  test("a record of ours is written as go-micro writes its own", async () => {
    const theirs = await program.serve();
    const ours = await ourServer(undefined, undefined, over);
    try {
      const [go, own] = [await entryOf(consul, theirs.name), await entryOf(consul, ours.name)];

      assert.equal(`${own.Service.Address}:${own.Service.Port}`, ours.address);
      // Metadata, then endpoints, then the version; each as hex of a zlib stream.
      assert.match(kindsOf(go.Service.Tags), /^t+e+v$/);
      assert.match(kindsOf(own.Service.Tags), /^t+e+v$/);
      // Whoever writes the stream may choose how well it packs; what it says is what counts.
      assert.deepEqual(tagsOf(own, "v"), ["v-789c33d433d033000002ce00ee"]);
      assert.equal(textsOf(own, "v")[0], "1.0.0");
      const [endpoint] = textsOf(go, "e").map((text) => JSON.parse(text) as object);
      for (const text of textsOf(own, "e"))
        assert.deepEqual(Object.keys(JSON.parse(text)), Object.keys(endpoint ?? {}));
      for (const text of [...textsOf(own, "t"), ...textsOf(go, "t")]) {
        assert.equal(Object.keys(JSON.parse(text)).length, 1, "one pair in each tag");
      }
    } finally {
      await ours.stop();
      await theirs.stop();
    }
  });

  test("go-micro lists what we serve, with its endpoints", async () => {
    const ours = await ourServer(undefined, undefined, over);
    try {
      const { lines } = await program.run(["list"]);
      const records = lines as unknown as readonly (
        | readonly { name: string; endpoints: { name: string }[] }[]
        | null
      )[];
      const record = records.flatMap((line) => line ?? []).find(({ name }) => name === ours.name);

      const methods = record?.endpoints.map(({ name }) => name).filter((name) => name.startsWith("Say."));
      assert.deepEqual(methods?.toSorted(), ["Say.Echo", "Say.Fail", "Say.Hello", "Say.Stream"]);
    } finally {
      await ours.stop();
    }
  });

  test("a node of go-micro that leaves is gone from our registry, cache included", async () => {
    const name = randomName();
    const [first, second] = [await program.serve({ name }), await program.serve({ name })];
    const client = await ourClient({ ...over, selector: "cache" });
    try {
      await client.find(name, 2);
      for (let n = 0; n < 20; n++) await client.kernel.client.call(name, "Say.Hello", {});
      await first.stop();
      const registry = client.kernel.get("registry");
      await eventually(10_000, "one node is left", async () => nodeCount(await registry.getService(name)) === 1);

      const from = client.attempted.length;
      for (let n = 0; n < 40; n++) await client.kernel.client.call(name, "Say.Hello", {});
      assert.deepEqual([...new Set(client.attempted.slice(from))], [second.address]);
    } finally {
      await client.stop();
      await second.stop();
      await first.kill();
    }
  });

  test("a node of ours has a passing check that ends with it, and leaves when it is stopped", async () => {
    const { name, kernel, address } = await ourServer(undefined, undefined, over);
    try {
      const entry = await entryOf(consul, name);
      assert.equal(`${entry.Service.Address}:${entry.Service.Port}`, address);
      assert.equal(entry.Checks.find(({ ServiceName }) => ServiceName === name)?.Status, "passing");
    } finally {
      await kernel.stop();
    }
    assert.deepEqual(await entriesOf(consul, name), []);
  });

  test("go-micro's publisher reaches our subscriber over Consul, and ours reaches go-micro's", async () => {
    const topic = randomName("topic");
    const theirs = await program.serve({ topic });
    const heard: unknown[] = [];
    const name = randomName();
    const subscriber = defineService({ name, subscribers: { [topic]: (message) => void heard.push(message) } });
    const ours = await ourServer(name, subscriber, over);
    try {
      await eventually(
        10_000,
        "both are subscribed",
        async () => (await entriesOf(consul, `topic:${topic}`)).length >= 2,
      );
      await program.run(["publish", topic, JSON.stringify({ name: "Go" })]);
      await eventually(10_000, "Go's message came", () => heard.length >= 1);

      await ours.kernel.client.publish(topic, { name: "Us" });
      const isHeard = (): boolean => theirs.lines.some((line) => JSON.stringify(line).includes("Us"));
      await eventually(10_000, "our message came to Go", isHeard);
    } finally {
      await ours.stop();
      await theirs.stop();
    }
  });

  test.run();
}

function overConsul({ address }: ConsulAgent): RawFlags {
  return { registry: "consul", registry_address: address };
}

function asWords(flags: RawFlags): readonly string[] {
  return Object.entries(flags).map(([name, value]) => `--${name}=${String(value)}`);
}

async function startServer(
  side: Side,
  program: GoPeer,
  over: RawFlags,
): Promise<{ readonly name: string; stop(): Promise<void> }> {
  if (side === "go-micro 0.1") return program.serve();
  return ourServer(undefined, side === "ours" ? undefined : greeterWithSchemas, over);
}

async function startCaller(
  side: Side,
  encoding: Encoding,
  program: GoPeer,
  flags: RawFlags,
  service: string,
): Promise<{ readonly caller: Caller; close(): Promise<void> }> {
  if (side === "go-micro 0.1") return { caller: goCaller(program, encoding), close: async () => {} };
  const client: OurClient = await ourClient(flags);
  await client.find(service);
  return { caller: ourCaller(client, encoding, side === "ours with schemas"), close: () => client.stop() };
}

interface Entry {
  readonly Service: { readonly Address: string; readonly Port: number; readonly Tags: readonly string[] };
  readonly Checks: readonly { readonly ServiceName: string; readonly Status: string }[];
}

async function entriesOf(consul: ConsulAgent, name: string): Promise<readonly Entry[]> {
  return (await consul.ask(`/v1/health/service/${encodeURIComponent(name)}`)) as readonly Entry[];
}

async function entryOf(consul: ConsulAgent, name: string): Promise<Entry> {
  await eventually(10_000, `${name} is in Consul`, async () => (await entriesOf(consul, name)).length > 0);
  const [entry] = await entriesOf(consul, name);
  return entry as Entry;
}

function kindsOf(tags: readonly string[]): string {
  return tags.map((tag) => tag[0]).join("");
}

function tagsOf({ Service: { Tags } }: Entry, kind: string): readonly string[] {
  return Tags.filter((tag) => tag.startsWith(`${kind}-`));
}

function textsOf(entry: Entry, kind: string): readonly string[] {
  return tagsOf(entry, kind).map((tag) => inflateSync(Buffer.from(tag.slice(2), "hex")).toString());
}

function nodeCount(records: readonly { readonly nodes: readonly unknown[] }[]): number {
  return records.flatMap(({ nodes }) => nodes).length;
}
