import { defineService, method, startKernel } from "@micro/kernel";
import { testPlugin, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { avroCodec, avroMapping, codecAvro } from "../src/index.ts";
import { thrownBy } from "./support/codec.ts";
import { Greeting } from "./support/types.ts";

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

test("it has no envelope, so that nobody calls by the protocol of 2016 with it", async () => {
  const kernel = await within(5000, "the start", startKernel({ plugins: [codecAvro()], local: "encode" }));
  const greeter = defineService({
    name: "go.micro.srv.greeter",
    handlers: { Say: { Hello: method({ input: Greeting, output: Greeting }, (input: object) => input) } },
  });
  try {
    await within(5000, "serving", kernel.serve(greeter));
    const call = kernel.client.call("go.micro.srv.greeter", "Say.Hello", {}, { contentType: "application/avro" });
    const error = await within(5000, "the call", call).then(
      () => undefined,
      (reason: unknown) => reason,
    );

    assert.is(
      thrownBy(() => {
        throw error;
      }).code,
      500,
    );
  } finally {
    await within(5000, "the stop", kernel.stop());
  }
});

testPlugin({ test, plugin: codecAvro });

test.run();
