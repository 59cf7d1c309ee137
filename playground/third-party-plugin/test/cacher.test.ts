import { type Config, definePlugin, defineService, startKernel } from "@micro/kernel";
import { testPlugin } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Cacher, cacher, MemoryCacher } from "../src/index.ts";

const test = suite("cacher");

// What every plugin must do: start and stop in any order, and leave nothing behind.
testPlugin({ test, plugin: cacher });

let calls = 0;
const counter = defineService({
  name: "counter",
  handlers: { Count: { Up: ({ by }: { by: number }) => ({ by, calls: ++calls }) } },
});

async function callTwice(config: Config): Promise<unknown[]> {
  calls = 0;
  await using kernel = await startKernel(config);
  await kernel.serve(counter);
  return [
    await kernel.client.call("counter", "Count.Up", { by: 1 }),
    await kernel.client.call("counter", "Count.Up", { by: 1 }),
    await kernel.client.call("counter", "Count.Up", { by: 2 }),
  ];
}

test("the answer of a method that is named is kept, for the same input", async () => {
  const answers = await callTwice({ plugins: [cacher({ methods: ["counter.Count.Up"] })] });

  assert.equal(answers, [
    { by: 1, calls: 1 },
    { by: 1, calls: 1 },
    { by: 2, calls: 2 },
  ]);
});

test("what is not named is called each time", async () => {
  await callTwice({ plugins: [cacher()] });

  assert.is(calls, 3);
});

test("another plugin brings another cacher, and the config chooses", async () => {
  const forgetful: Cacher = { name: "none", get: async () => undefined, set: async () => {}, close: async () => {} };
  const none = definePlugin({
    name: "cacher-none",
    setup: ({ provide }) => provide("cacher", "none", () => forgetful),
  });
  const plugins = [cacher({ methods: ["counter.Count.Up"] }), none];

  await callTwice({ plugins, use: { cacher: "none" } });
  assert.is(calls, 3);
  await callTwice({ plugins, use: { cacher: "memory" } });
  assert.is(calls, 2);
});

test("what is kept for longer than its time is gone, and of too many the first", async () => {
  const memory = new MemoryCacher();
  await memory.set("short", "a", 0);
  await memory.set("first", "b", 60_000);
  for (let count = 0; count < 1000; count++) await memory.set(`more ${count}`, "c", 60_000);

  assert.is(await memory.get("short"), undefined);
  assert.is(await memory.get("first"), undefined);
  assert.is(await memory.get("more 999"), "c");
});

test.run();
