import { codecJsonRpc } from "@micro/codec-json-rpc";
import { defineService, method, startKernel } from "@micro/kernel";
import { testPlugin, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { avroCodec, avroMapping, codecAvro } from "../src/index.ts";
import { plain } from "./support/codec.ts";
import { Everything, everything, Greeting } from "./support/types.ts";

const test = suite("the plugin");

test("it supplies the codec for Avro's content types, and the mapping for types of avsc", async () => {
  const kernel = await within(5000, "the start", startKernel({ plugins: [codecAvro()] }));
  try {
    assert.is(kernel.hooks.codec.call("application/avro"), avroCodec);
    assert.is(kernel.hooks.codec.call("avro/binary"), avroCodec);
    assert.is(kernel.hooks.codec.call("application/octet-stream"), undefined);
    assert.is(kernel.hooks.schema.call(Greeting), avroMapping(Greeting));
    assert.is(kernel.hooks.schema.call({ kind: "message" }), undefined);
  } finally {
    await within(5000, "the stop", kernel.stop());
  }
});

test("it has no envelope, so that nobody uses it with the protocol of 2016", () => {
  assert.is(avroCodec.envelope, undefined);
});

test("a method with types gets the same value by Avro as by JSON, and its caller too", async () => {
  const plugins = [codecJsonRpc(), codecAvro()];
  const kernel = await within(5000, "the start", startKernel({ plugins, local: "encode" }));
  const seen: unknown[] = [];
  const echo = method({ input: Everything, output: Everything }, (input: object) => {
    seen.push(input);
    return input;
  });
  try {
    await within(5000, "serving", kernel.serve(defineService({ name: "echo", handlers: { Say: { Back: echo } } })));

    for (const contentType of ["application/avro", "avro/binary", "application/json"]) {
      const answer = await within(
        5000,
        "the call",
        kernel.client.call("echo", "Say.Back", everything, { contentType, input: Everything, output: Everything }),
      );
      assert.equal(plain(answer), everything, contentType);
    }

    const [first, ...others] = seen;
    assert.equal(plain(first), everything);
    for (const other of others) {
      assert.equal(other, first);
      assert.is(Object.getPrototypeOf(other), Object.getPrototypeOf(first));
    }
  } finally {
    await within(5000, "the stop", kernel.stop());
  }
});

testPlugin({ test, plugin: codecAvro });

test.run();
