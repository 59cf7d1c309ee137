import { codecJsonRpc } from "@micro/codec-json-rpc";
import { bodyText, type Codec, defineService, type Kernel, method, startKernel } from "@micro/kernel";
import { testPlugin, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { codecProtoRpc, protoMapping, protoRpcCodec } from "../src/index.ts";
import { make } from "./support/codec.ts";
import { Everything, Request } from "./support/schemas.ts";

const test = suite("the plugin");

test("it supplies the codec for protobuf's content types, and the mapping for messages of protobuf-es", () =>
  withKernel(async ({ hooks }) => {
    for (const contentType of ["application/protobuf", "application/proto-rpc", "application/octet-stream"]) {
      assert.is(hooks.codec.call(contentType), protoRpcCodec);
    }
    assert.is(hooks.codec.call("application/avro"), undefined);
    assert.is(hooks.schema.call(Request), protoMapping(Request));
    assert.is(hooks.schema.call({ type: "record" }), undefined);
  }));

const contentTypes = [
  "application/protobuf",
  "application/proto-rpc",
  "application/octet-stream",
  "application/json",
  "application/json-rpc",
];

test("a method with schemas gets the same message under every content type, and its caller too", () =>
  withKernel(async (kernel) => {
    const message = make(Everything, { anInt64: 2n ** 60n, aBytes: Uint8Array.of(1), aChild: make(Everything) });
    const seen: unknown[] = [];
    const echo = method({ input: Everything, output: Everything }, (input: object) => {
      seen.push(input);
      return input;
    });
    await kernel.serve(defineService({ name: "echo", handlers: { Say: { Back: echo } } }));

    // JSON would round the number on the way back: JavaScript's parser has no other.
    const exact = { ...message, anInt64: 5n };
    for (const contentType of contentTypes) {
      const sent = contentType.includes("json") ? exact : message;
      const options = { contentType, input: Everything, output: Everything };
      assert.equal(await kernel.client.call("echo", "Say.Back", sent, options), sent, contentType);
      assert.equal(seen.pop(), sent, contentType);
    }
  }));

test("an answer in JSON has the names of the .proto file, and 64-bit integers as numbers to the last digit", () =>
  withKernel(async ({ hooks }) => {
    const json = hooks.codec.call("application/json") as Codec;
    const value = make(Everything, { anInt64: -(2n ** 63n), chosenText: "", manyStrings: ["a"] });

    const reply = json.envelope?.writeReply({ method: "Say.Back", id: 0 }, value, Everything) ?? "";

    assert.is(
      bodyText(reply),
      '{"id":0,"result":{"an_int64":-9223372036854775808,"many_strings":["a"]},"error":null}\n',
    );
  }));

test("an integer that JSON rounded is a 400 that names the field, and the handler never sees it", () =>
  withKernel(async ({ hooks }) => {
    const envelope = hooks.codec.call("application/json")?.envelope;
    const body = '{"method":"Say.Back","params":[{"a_child":{"an_int64":9223372036854775807}}],"id":0}\n';

    const { payload } = envelope?.readRequest(body) ?? {};

    assert.throws(
      () => envelope?.value(payload, Everything),
      (error: { code: number; detail: string }) =>
        error.code === 400 && error.detail.startsWith("a_child.an_int64 is beyond 2^53"),
    );
  }));

async function withKernel(run: (kernel: Kernel) => Promise<void>): Promise<void> {
  const plugins = [codecJsonRpc(), codecProtoRpc()];
  const kernel = await within(5000, "the start", startKernel({ plugins, local: "encode" }));
  try {
    await within(5000, "the test", () => run(kernel));
  } finally {
    await within(5000, "the stop", kernel.stop());
  }
}

testPlugin({ test, plugin: codecProtoRpc });

test.run();
