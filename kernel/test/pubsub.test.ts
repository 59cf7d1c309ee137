import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  createMemoryNetwork,
  defineService,
  type Kernel,
  memory,
  type ServiceDefinition,
  startKernel,
} from "../src/index.ts";
import { eventually } from "../src/testing/index.ts";

const test = suite("publish and subscribe");

async function withKernels(
  services: readonly ServiceDefinition[],
  run: (publisher: Kernel, warnings: string[]) => Promise<void>,
): Promise<void> {
  const network = createMemoryNetwork();
  const warnings: string[] = [];
  const log = { debug() {}, info() {}, error() {}, warn: (message: string) => void warnings.push(message) };
  const kernels = await Promise.all(
    services.map((service) => startKernel({ plugins: [memory({ network })], services: [service], log })),
  );
  const publisher = await startKernel({ plugins: [memory({ network })], log });
  try {
    await run(publisher, warnings);
  } finally {
    await Promise.all([...kernels, publisher].map((kernel) => kernel.stop()));
  }
}

function subscriber(name: string, got: unknown[], queue?: string): ServiceDefinition {
  const handler = (message: { n: number }): void => void got.push(message.n);
  return defineService({
    name,
    subscribers: { "topic.count": queue === undefined ? handler : { queue, handler } },
  });
}

test("every subscriber without a queue gets every message, in order", async () => {
  const [first, second]: unknown[][] = [[], []];
  await withKernels([subscriber("a", first as unknown[]), subscriber("b", second as unknown[])], async ({ client }) => {
    for (let n = 0; n < 5; n++) await client.publish("topic.count", { n });
    await eventually(2000, "all arrived", () => first?.length === 5 && second?.length === 5);
    assert.equal(first, [0, 1, 2, 3, 4]);
    assert.equal(second, [0, 1, 2, 3, 4]);
  });
});

test("of a queue group one member gets each message, and other groups get it too", async () => {
  const [a1, a2, b]: unknown[][] = [[], [], []];
  const services = [
    subscriber("a1", a1 as unknown[], "a"),
    subscriber("a2", a2 as unknown[], "a"),
    subscriber("b", b as unknown[], "b"),
  ];
  await withKernels(services, async ({ client }) => {
    for (let n = 0; n < 20; n++) await client.publish("topic.count", { n });
    await eventually(2000, "all arrived", () => b?.length === 20 && (a1?.length ?? 0) + (a2?.length ?? 0) === 20);
    assert.equal(
      [...(a1 ?? []), ...(a2 ?? [])].sort((x, y) => Number(x) - Number(y)),
      Array.from({ length: 20 }, (_, n) => n),
    );
  });
});

test("metadata comes along, and a subscriber's client carries it on", async () => {
  const got: unknown[] = [];
  const relay = defineService({
    name: "relay",
    subscribers: {
      first: async (message: unknown, { client }) => client.publish("second", message),
      second: (message: unknown, { metadata, topic }) => void got.push([topic, message, { ...metadata }]),
    },
  });
  await withKernels([relay], async ({ client }) => {
    await client.publish("first", { n: 1 }, { metadata: { "x-user-id": "john" } });
    await eventually(2000, "it arrived", () => got.length === 1);
    assert.equal(got, [["second", { n: 1 }, { "X-User-Id": "john", "X-Micro-From-Service": "relay" }]]);
  });
});

test("a subscriber that fails keeps nobody from the message, and is logged", async () => {
  const got: unknown[] = [];
  const failing = defineService({
    name: "failing",
    subscribers: {
      "topic.count": () => {
        throw new Error("boom");
      },
    },
  });
  await withKernels([failing, subscriber("fine", got)], async ({ client }, warnings) => {
    await client.publish("topic.count", { n: 1 });
    await client.publish("topic.count", { n: 2 });
    await eventually(2000, "both arrived", () => got.length === 2 && warnings.length === 2);
  });
});

test("a message to nobody is no mistake", () =>
  withKernels([], async ({ client }) => {
    await client.publish("topic.nobody", { n: 1 });
  }));

test("subscriptions are advertised with their topic", () =>
  withKernels([subscriber("a", [])], async (kernel) => {
    const [record] = await kernel.get("registry").getService("a");
    assert.equal(record?.endpoints[0]?.metadata, { topic: "topic.count", subscriber: "true" });
  }));

test("wraps of publish and subscriber see the message", async () => {
  const log: string[] = [];
  const got: unknown[] = [];
  const network = createMemoryNetwork();
  const wraps = {
    name: "wraps",
    setup: ({ hooks }: { hooks: Kernel["hooks"] }) => {
      hooks.publish.tap("wraps", (next) => (publication) => {
        log.push(`publish ${publication.topic}`);
        return next({ ...publication, message: { n: 7 } });
      });
      hooks.subscriber.tap("wraps", (next, topic) => (context) => {
        log.push(`subscriber ${topic}`);
        return next(context);
      });
    },
  };
  const kernel = await startKernel({ plugins: [memory({ network }), wraps], services: [subscriber("a", got)] });
  await kernel.client.publish("topic.count", { n: 1 });
  await eventually(2000, "it arrived", () => got.length === 1);
  await kernel.stop();
  assert.equal(got, [7]);
  assert.equal(log, ["publish topic.count", "subscriber topic.count"]);
});

test.run();
