import assert from "node:assert/strict";
import { suite } from "uvu";
import { createMemoryNetwork, MemoryBroker } from "../../src/memory/index.ts";
import { maxHandling } from "../../src/memory/memory-broker.ts";
import { eventually } from "../../src/testing/index.ts";

const test = suite("memory broker");

const message = { header: {}, body: "" };

test("no handler runs inside publish", async () => {
  const broker = new MemoryBroker();
  let handled = 0;
  await broker.subscribe("topic", () => void handled++, {});

  await broker.publish("topic", message);
  assert.equal(handled, 0);

  await eventually(1000, "the message is handled", () => handled === 1);
});

test("a message that is under way when its subscription closes is not delivered", async () => {
  const broker = new MemoryBroker();
  let handled = 0;
  const subscription = await broker.subscribe("topic", () => void handled++, {});

  await broker.publish("topic", message);
  await subscription.close();
  await new Promise((resolve) => setImmediate(resolve));

  assert.equal(handled, 0);
});

test("what a handler throws is counted and told", async () => {
  const told: string[] = [];
  const broker = new MemoryBroker({ onLost: (error, topic) => told.push(`${topic}: ${(error as Error).message}`) });
  await broker.subscribe("now", () => fail("at once"), {});
  await broker.subscribe("later", async () => fail("in a while"), {});

  await broker.publish("now", message);
  await broker.publish("later", message);

  await eventually(1000, "both are told", () => told.length === 2);
  assert.deepEqual(told.sort(), ["later: in a while", "now: at once"]);
  assert.equal(broker.lost, 2);
});

test("a subscriber that is too far behind loses messages, and they are counted", async () => {
  const broker = new MemoryBroker();
  let handling = 0;
  let done = (): void => {};
  const gate = new Promise<void>((resolve) => {
    done = resolve;
  });
  const handler = async (): Promise<void> => {
    handling++;
    await gate;
  };
  await broker.subscribe("topic", handler, {});

  for (let count = 0; count < maxHandling + 3; count++) await broker.publish("topic", message);
  await eventually(5000, "all messages arrive", () => handling + broker.lost === maxHandling + 3);
  assert.equal(broker.lost, 3);

  done();
  await new Promise((resolve) => setImmediate(resolve));
  await broker.publish("topic", message);
  await eventually(1000, "it handles again", () => handling === maxHandling + 1);
});

test("brokers without a common network do not reach each other", async () => {
  const network = createMemoryNetwork();
  const [one, two, apart] = [new MemoryBroker({ network }), new MemoryBroker({ network }), new MemoryBroker()];
  const handled: string[] = [];
  await two.subscribe("topic", () => void handled.push("two"), {});
  await apart.subscribe("topic", () => void handled.push("apart"), {});

  await one.publish("topic", message);

  await eventually(1000, "the message is handled", () => handled.length > 0);
  assert.deepEqual(handled, ["two"]);
});

test("a network keeps nothing of a topic without subscribers", async () => {
  const network = createMemoryNetwork();
  const broker = new MemoryBroker({ network });
  await broker.subscribe("topic", () => {}, {});

  await broker.close();

  assert.equal(network.subscribers.size, 0);
});

test.run();

function fail(message: string): never {
  throw new Error(message);
}
