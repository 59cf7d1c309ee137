import { badRequest, type SchemaMapping } from "@micro/kernel";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createJsonRpcCodec } from "../src/index.ts";
import { fault } from "./support/codec.ts";

const test = suite("values with a schema");

/** Stands for any library of schemas: its values are numbers, `{ n }` in JSON. */
const schema = { n: "a number" };
const mapping: SchemaMapping = {
  toJson: (value) => (value === undefined ? {} : { n: BigInt(value as number) }),
  fromJson(json) {
    const { n = 0 } = (json === undefined ? {} : json) as { n?: unknown };
    if (typeof n !== "number") throw badRequest("go.micro.codec", "n must be a number");
    return n;
  },
};

const codec = createJsonRpcCodec((asked) => (asked === schema ? mapping : undefined));
const { envelope } = codec;
const head = { method: "Say.Hello", id: 0 };

test("what is written is what the mapping makes, with its bigints as numbers", () => {
  assert.is(codec.encode(5, schema), '{"n":5}\n');
  assert.is(envelope.writeRequest("Say.Hello", 0, 5, schema), '{"method":"Say.Hello","params":[{"n":5}],"id":0}\n');
  assert.is(envelope.writeReply(head, 5, schema), '{"id":0,"result":{"n":5},"error":null}\n');
});

test("what is read is what the mapping makes of it", () => {
  assert.is(codec.decode('{"n":5}', schema), 5);
  assert.is(codec.decode(Buffer.from('{"n":5}\n'), schema), 5);
  const { payload } = envelope.readRequest('{"method":"Say.Hello","params":[{"n":5}],"id":0}\n');
  assert.is(envelope.value(payload, schema), 5);
  assert.is(envelope.value(envelope.readReply('{"id":0,"result":{"n":6},"error":null}\n').payload, schema), 6);
});

test("what is absent or null is absent to the mapping, and comes as its empty value", () => {
  assert.is(codec.decode("", schema), 0);
  assert.is(codec.decode("null", schema), 0);
  assert.is(codec.encode(undefined, schema), "{}\n");
  for (const params of ["[]", "[null]"]) {
    const { payload } = envelope.readRequest(`{"method":"Say.Hello","params":${params},"id":0}`);
    assert.is(envelope.value(payload, schema), 0);
  }
  assert.is(envelope.writeReply(head, undefined, schema), '{"id":0,"result":{},"error":null}\n');
});

test("what the mapping refuses is its own error", () => {
  assert.is(
    fault(() => codec.decode('{"n":"5"}', schema)),
    "400 n must be a number",
  );
  assert.is(
    fault(() => codec.decode('{"n":', schema)),
    "400 malformed JSON",
  );
});

test("a schema that nobody maps changes nothing", () => {
  const other = { n: "something else" };

  assert.is(codec.encode({ n: "5" }, other), '{"n":"5"}\n');
  assert.equal(codec.decode('{"n":"5"}', other), { n: "5" });
  assert.is(codec.decode("null", other), null);
  assert.equal(envelope.value({ n: "5" }, other), { n: "5" });
  assert.equal(envelope.value(null, other), {});
});

test.run();
