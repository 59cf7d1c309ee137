import { type Config, defineService, MicroError, startKernel } from "@micro/kernel";
import { testCodec, testPlugin, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { codecFoo, fooCodec } from "../src/index.ts";

const test = suite("codec-foo");

// What every codec must do.
testCodec({
  test,
  factory: () => fooCodec,
  supports: { envelope: false },
  samples: [
    { value: { name: "John", greeting: "grüße 世界 🎉" } },
    { value: { "": "an empty name", empty: "", special: "a=b\nc%20d&e" } },
    { value: {} },
  ],
  hostile: ["a", "=", "a=b=c", "a=%", "a=%ff", "\n", "a=b\n", "a=1\na=2"],
});

// What every plugin must do.
testPlugin({ test, plugin: codecFoo });

test("it writes a line for each member", () => {
  assert.is(fooCodec.encode({ name: "John", says: "a=b" }), "name=John\nsays=a%3Db");
});

test("what it cannot write is an error that says what it carries", () => {
  for (const value of [1, null, ["a"], { age: 42 }, { half: "\ud800" }]) {
    assert.throws(() => fooCodec.encode(value), isOf("unwritable_value", "flat objects of texts"));
  }
});

test("more members than it reads are refused", () => {
  assert.throws(() => fooCodec.decode("a=b\n".repeat(10_001)), isOf("message_too_large", "at most 10000"));
});

test("a message is published in it", async () => {
  let arrive: (message: unknown) => void = () => {};
  const arrived = new Promise((resolve) => (arrive = resolve));
  const config: Config = { plugins: [codecFoo()], settings: { content_type: "application/x-foo" } };
  await using kernel = await startKernel(config);
  await kernel.serve(defineService({ name: "listener", subscribers: { "topic.names": (message) => arrive(message) } }));

  await kernel.client.publish("topic.names", { name: "John" });

  assert.equal(await within(5000, "the message", arrived), { name: "John" });
});

function isOf(reason: string, words: string): (error: unknown) => boolean {
  return (error) => MicroError.is(error) && error.reason === reason && error.detail.includes(words);
}

test.run();
