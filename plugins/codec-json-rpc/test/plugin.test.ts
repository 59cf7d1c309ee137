import { definePlugin, defineService, method, type Plugin, startKernel } from "@micro/kernel";
import { testPlugin, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { codecJsonRpc } from "../src/index.ts";

const test = suite("the plugin");

test("it supplies the codec for JSON's content types and for no other", async () => {
  const kernel = await within(5000, "the start", startKernel({ plugins: [codecJsonRpc()] }));
  try {
    assert.is(kernel.hooks.codec.call("application/json")?.name, "json");
    assert.is(kernel.hooks.codec.call("application/json-rpc"), kernel.hooks.codec.call("application/json"));
    assert.is(kernel.hooks.codec.call("application/protobuf"), undefined);
    assert.is(kernel.hooks.codec.call("text/json"), undefined);
  } finally {
    await within(5000, "the stop", kernel.stop());
  }
});

test("a method with schemas gets and gives what their mappings make, and each is asked for once", async () => {
  const asked: unknown[] = [];
  const input = { schema: "input" };
  const output = { schema: "output" };
  const kernel = await within(
    5000,
    "the start",
    startKernel({ plugins: [codecJsonRpc(), mapsBigints(asked)], local: "encode" }),
  );
  const counter = defineService({
    name: "counter",
    handlers: { Count: { Next: method({ input, output }, (n: bigint) => n + 1n) } },
  });
  try {
    await within(5000, "serving", kernel.serve(counter));

    for (const n of [1n, 2n ** 60n]) {
      assert.is(
        await within(5000, "the call", kernel.client.call("counter", "Count.Next", n, { input, output })),
        n + 1n,
      );
    }
    assert.equal(asked, [input, output]);
  } finally {
    await within(5000, "the stop", kernel.stop());
  }
});

/** A plugin with schemas whose values are bigints, `{ n: "1" }` in JSON. */
function mapsBigints(asked: unknown[]): Plugin {
  return definePlugin({
    name: "maps-bigints",
    setup({ hooks }) {
      hooks.schema.tap("maps-bigints", (schema) => {
        asked.push(schema);
        return {
          toJson: (value) => ({ n: String(value) }),
          fromJson: (json) => BigInt((json as { n: string }).n),
        };
      });
    },
  });
}

testPlugin({ test, plugin: codecJsonRpc });

test.run();
