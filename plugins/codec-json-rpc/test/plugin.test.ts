import { startKernel } from "@micro/kernel";
import { testPlugin, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { codecJsonRpc, jsonRpcCodec } from "../src/index.ts";

const test = suite("the plugin");

test("it supplies the codec for JSON's content types and for no other", async () => {
  const kernel = await within(5000, "the start", startKernel({ plugins: [codecJsonRpc()] }));
  try {
    assert.is(kernel.hooks.codec.call("application/json"), jsonRpcCodec);
    assert.is(kernel.hooks.codec.call("application/json-rpc"), jsonRpcCodec);
    assert.is(kernel.hooks.codec.call("application/protobuf"), undefined);
    assert.is(kernel.hooks.codec.call("text/json"), undefined);
  } finally {
    await within(5000, "the stop", kernel.stop());
  }
});

testPlugin({ test, plugin: codecJsonRpc });

test.run();
