import { codecJsonRpc } from "@micro/codec-json-rpc";
import { defineService, startKernel } from "@micro/kernel";
import { eventually, testBroker, testPlugin, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { brokerFoo, FooBroker, FooHub } from "../src/index.ts";

const test = suite("broker-foo");

// What every broker must do.
testBroker({
  test,
  factory: () => {
    const hub = new FooHub();
    return { broker: new FooBroker({ hub }), other: new FooBroker({ hub }) };
  },
});

// What every plugin must do.
testPlugin({ test, plugin: brokerFoo, config: { use: { broker: "foo" } } });

test("two kernels of a process reach each other", async () => {
  let arrive: (message: unknown) => void = () => {};
  const arrived = new Promise((resolve) => (arrive = resolve));
  const config = { plugins: [codecJsonRpc(), brokerFoo()], use: { broker: "foo" } };
  await using server = await startKernel(config);
  await using client = await startKernel(config);
  const subscribers = { "topic.names": (message: unknown) => arrive(message) };
  await server.serve(defineService({ name: "listener", subscribers }));

  await client.client.publish("topic.names", { name: "John" });

  assert.equal(await within(5000, "the message", arrived), { name: "John" });
});

test("whoever is too far behind loses messages, and that is told", async () => {
  let lost = 0;
  const broker = new FooBroker({ onLost: () => lost++ });
  await broker.subscribe("topic.names", () => new Promise(() => {}), {});

  for (let count = 0; count < 1030; count++) await broker.publish("topic.names", { header: {}, body: "" });

  await eventually(5000, "six were lost", () => lost === 6);
  await broker.close();
});

test.run();
