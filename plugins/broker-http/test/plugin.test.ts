import { codecJsonRpc } from "@micro/codec-json-rpc";
import { createMemoryNetwork, defineService, type Kernel, memory, startKernel } from "@micro/kernel";
import { testPlugin, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { brokerHttp, defaultHttpBrokerLimits, HttpBroker } from "../src/index.ts";
import { limitMs, text, topic } from "./support/fleet.ts";

const test = suite("the plugin");

const log = { debug() {}, info() {}, warn() {}, error() {} };

test("kernels that share a registry publish to each other's services", async () => {
  const network = createMemoryNetwork();
  const plugins = [memory({ network }), codecJsonRpc(), brokerHttp({ address: "127.0.0.1:0" })];
  const config = { plugins, use: { registry: "memory", broker: "http" } };
  await withKernels([await startKernel(config), await startKernel(config)], async ([server, caller]) => {
    let heard: (name: string) => void = () => {};
    const hears = new Promise<string>((resolve) => {
      heard = resolve;
    });
    const mailer = defineService({
      name: "go.micro.srv.mailer",
      subscribers: { [topic]: ({ name }: { name: string }) => heard(name) },
    });
    const served = await server.serve(mailer);
    assert.is(served.record?.nodes[0]?.metadata.broker, "http");

    await caller.client.publish(topic, { name: "John" });

    assert.is(await within(limitMs, "the message", hears), "John");
    assert.equal(await server.get("registry").listServices(), [
      "go.micro.http.broker",
      "go.micro.srv.mailer",
      "topic:topic.greeter",
    ]);
    await server.unserve(served);
    assert.equal(await server.get("registry").listServices(), []);
  });
});

test("--broker_address says where subscribers listen, and only one", async () => {
  const config = { plugins: [brokerHttp({ address: "192.0.2.1:0" })], use: { broker: "http" }, log };
  const kernel = await startKernel(config, { flags: { broker_address: "127.0.0.1:0" } });
  await withKernels([kernel], async () => {
    await kernel.get("broker").subscribe(topic, () => {}, {});
    const [record] = await kernel.get("registry").getService(`topic:${topic}`);
    assert.match(record?.nodes[0]?.address ?? "", /^127\.0\.0\.1:/);
  });

  const two = startKernel(config, { flags: { broker_address: ["127.0.0.1:0", "127.0.0.1:1"] } });
  await assertRejects(two, /one address; --broker_address names 2/);
});

test("it listens only for a subscription", async () => {
  const config = { plugins: [brokerHttp({ address: "192.0.2.1:0" })], use: { broker: "http" }, log };
  await withKernels([await startKernel(config)], async ([kernel]) => {
    await kernel.get("broker").publish(topic, text("hi"));
    await assertRejects(
      kernel.get("broker").subscribe(topic, () => {}, {}),
      /no such address/,
    );
  });
});

test("options that cannot be are refused by name", async () => {
  const registry = {} as never;
  const wrong: readonly [object, RegExp][] = [
    [{ generations: [] }, /generations is one or more of 2016, 1\.18/],
    [{ generations: ["2.9"] }, /not \[2\.9\]/],
    [{ concurrency: 0 }, /concurrency is a whole number above 0/],
    [{ limits: { maxBody: 1 } }, /no limit "maxBody"; it has maxBytes/],
    [{ limits: { constructor: 1 } }, /no limit "constructor"/],
    [{ limits: { posts: Number.NaN } }, /limits\.posts is a whole number above 0/],
    [{ limits: { drainMs: -1 } }, /limits\.drainMs/],
  ];
  for (const [options, message] of wrong) assert.throws(() => new HttpBroker({ registry, ...options }), message);
  assert.ok(Object.isFrozen(defaultHttpBrokerLimits));
});

testPlugin({
  test,
  plugin: () => brokerHttp({ address: "127.0.0.1:0" }),
  config: { use: { broker: "http" } },
});

async function withKernels<List extends readonly Kernel[]>(
  kernels: readonly [...List],
  run: (kernels: readonly [...List]) => Promise<void>,
): Promise<void> {
  try {
    await within(limitMs, "the test", run(kernels));
  } finally {
    for (const kernel of kernels) await within(limitMs, "the stop", kernel.stop());
  }
}

async function assertRejects(work: Promise<unknown>, message: RegExp): Promise<void> {
  const outcome = await within(
    limitMs,
    "the failure",
    work.then(
      () => "it did not fail",
      (error: unknown) => String(error),
    ),
  );
  assert.match(outcome, message);
}

test.run();
