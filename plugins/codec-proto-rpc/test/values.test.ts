import { create, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema, StringValueSchema } from "@bufbuild/protobuf/wkt";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { messageSchemas } from "../src/index.ts";
import { codec, envelope, fault, hex, make, request } from "./support/codec.ts";
import { Everything, fileSet, Item, Request, Response } from "./support/schemas.ts";

const test = suite("values");

const where =
  "add schemas, method({ input, output }, …) where it is served and { input, output } where it is called, or pass bytes";

test("a value is a message, or what makes one", () => {
  const expected = Buffer.from(hex("0a044a6f686e 1005"));

  assert.equal(
    Buffer.from(codec.encode(make(Request, { name: "John", delayMs: 5n }), Request) as Uint8Array),
    expected,
  );
  assert.equal(Buffer.from(codec.encode({ name: "John", delayMs: 5n }, Request) as Uint8Array), expected);
  assert.equal(Buffer.from(codec.encode({ name: "John", delayMs: 5 }, Request) as Uint8Array), expected);
  assert.equal(codec.decode(expected, Request), make(Request, { name: "John", delayMs: 5n }));
});

test("a plain object may be spelled as JSON is", () => {
  const same = codec.encode({ name: "John", delayMs: 5n }, Request);

  assert.equal(codec.encode({ name: "John", delay_ms: 5 }, Request), same);
  assert.equal(codec.encode({ name: "John", delay_ms: "5" }, Request), same);
  assert.equal(
    codec.encode({ a_child: { chosen_text: "a", a_bytes: Uint8Array.of(1), many_longs: [1n] } }, Everything),
    codec.encode(
      { aChild: { choice: { case: "chosenText", value: "a" }, aBytes: Uint8Array.of(1), manyLongs: [1n] } },
      Everything,
    ),
  );
  assert.is(
    fault(() => codec.encode({ delay_ms: 0.5 }, Request)),
    "500 a value cannot be written as protobuf: greeter.Request: delay_ms must be an integer from -9223372036854775808 to 9223372036854775807",
  );
});

test("members that have nothing to do with the message are passed over, and absent ones are not set", () => {
  assert.equal(codec.encode({ nothing: 5, name: undefined, delayMs: null }, Request), new Uint8Array(0));
});

test("an absent value is the default message, of no bytes", () => {
  assert.equal(codec.encode(undefined, Request), new Uint8Array(0));
  assert.equal(codec.encode(null, Request), new Uint8Array(0));
  assert.equal(codec.decode("", Request), make(Request));
  assert.equal(request(envelope.writeRequest("Say.Hello", 0, undefined, Request), Request).value, make(Request));
});

test("without a schema a value is the bytes of a message, both ways", () => {
  const bytes = hex("0a044a6f686e");

  assert.equal(codec.encode(bytes), bytes);
  assert.equal(codec.decode(Buffer.from(bytes)), bytes);
  assert.equal(request(envelope.writeRequest("Say.Hello", 0, bytes)).value, bytes);
  assert.equal(codec.encode({}), new Uint8Array(0));
  assert.equal(codec.encode(undefined), new Uint8Array(0));
});

test("without a schema any other value is told where schemas go", () => {
  assert.is(
    fault(() => codec.encode({ name: "John" })),
    `500 a value cannot be written as protobuf without a schema: ${where}`,
  );
  assert.is(
    fault(() => codec.encode(make(Item))),
    `500 a greeter.Item cannot be written as protobuf without its schema: ${where}`,
  );
  assert.is(
    fault(() => envelope.writeReply({ method: "a.b", id: 0 }, 5)),
    `500 a value cannot be written as protobuf without a schema: ${where}`,
  );
});

test("what is no schema of protobuf-es is refused", () => {
  for (const schema of [null, "greeter.Request", { type: "record" }, { kind: "service", typeName: "greeter.Say" }]) {
    const expected = `500 the schema is no message of protobuf-es: ${where}`;
    assert.is(
      fault(() => codec.encode({}, schema)),
      expected,
    );
    assert.is(
      fault(() => codec.decode("", schema)),
      expected,
    );
  }
});

for (const [value, problem] of [
  [5, " must be an object"],
  [[], " must be an object"],
  [new Uint8Array(0), " must be an object"],
  [{ aString: 5 }, ".aString must be a string"],
  [{ aString: {} }, ".aString must be a string"],
  [{ aBool: 1 }, ".aBool must be true or false"],
  [{ aBytes: "text" }, ".aBytes must be a Uint8Array"],
  [{ aDouble: "1" }, ".aDouble must be a number"],
  [{ anInt32: 0.5 }, ".anInt32 must be an integer"],
  [{ anInt64: 2 ** 53 }, ".anInt64 must be a bigint or an integer"],
  [{ anInt64: "x" }, ".anInt64 must be a bigint or an integer"],
  [{ aColor: "RED" }, ".aColor must be a number"],
  [{ aChild: 5 }, ".aChild must be an object"],
  [{ aChild: make(Item) }, ".aChild must be a test.Everything"],
  [{ aChild: { aChild: { aString: 1 } } }, ".aChild.aChild.aString must be a string"],
  [{ manyLongs: 5 }, ".manyLongs must be an array"],
  [{ manyStrings: ["", null] }, ".manyStrings[1] must be a string"],
  [{ manyChildren: [{}, null] }, ".manyChildren[1] must be an object"],
  [{ byName: [] }, ".byName must be an object"],
  [{ byName: { a: 5 } }, '.byName["a"] must be an object'],
  [{ byNumber: { 1: 5 } }, '.byNumber["1"] must be a string'],
  [{ choice: "text" }, ".choice must be { case, value }"],
  [{ choice: { case: "none" } }, ".choice.case must be one of chosenText, chosenChild, chosenLong, chosenBytes"],
  [{ choice: { case: "chosenText", value: 5 } }, ".choice.value must be a string"],
] as const) {
  test(`a mistake is told with its place: test.Everything${problem}`, () => {
    assert.is(
      fault(() => codec.encode(value, Everything)),
      `500 a value cannot be written as protobuf: test.Everything${problem}`,
    );
  });
}

test("a number that does not fit its field is a mistake, whoever put it there", () => {
  assert.match(
    fault(() => codec.encode({ anInt64: 2n ** 63n }, Everything)),
    /^500 a value cannot be written as protobuf: .*an_int64.*/,
  );
  assert.match(
    fault(() => codec.encode(make(Everything, { aUint32: -1 }), Everything)),
    /^500 a value cannot be written as protobuf: .*a_uint32.*/,
  );
  assert.is(
    fault(() => codec.encode(make(Item), Request)),
    "500 a value cannot be written as protobuf: it is a greeter.Item, not a greeter.Request",
  );
});

test("a cycle is a mistake as well, in a plain object and in a message", () => {
  const plain: Record<string, unknown> = {};
  plain.aChild = plain;
  const message = make(Everything);
  message.aChild = message;

  assert.match(
    fault(() => codec.encode(plain, Everything)),
    /^500 .* nests too deep$/,
  );
  assert.match(
    fault(() => codec.encode(message, Everything)),
    /^500 .* nests too deep$/,
  );
});

test("an id of another envelope counts as its digits, and as 0 where it has none", () => {
  for (const [id, expected] of [
    ["7", 7],
    ["18446744073709551615", 2n ** 64n - 1n],
    ["x", 0],
    ["", 0],
    [null, 0],
    [-1, 0],
    [0.5, 0],
    [2 ** 32, 2 ** 32],
  ] as const) {
    assert.is(envelope.readReply(envelope.writeError({ method: "a.b", id }, "EOS")).id, expected);
  }
});

test("half an emoji becomes U+FFFD, as Go writes what is no Unicode", () => {
  assert.is((codec.decode(codec.encode({ name: "a\ud83d" }, Request), Request) as { name: string }).name, "a\ufffd");
});

test("a map keeps a key that every object inherits", () => {
  const metadata = JSON.parse('{"__proto__":"a","constructor":"b"}') as Record<string, string>;
  const read = codec.decode(codec.encode({ metadata }, Response), Response) as { metadata: Record<string, string> };

  assert.equal(Object.entries(read.metadata), [
    ["__proto__", "a"],
    ["constructor", "b"],
  ]);
  assert.is(Object.getPrototypeOf(read.metadata), Object.prototype);
});

test("fields that the schema does not know are dropped", () => {
  assert.equal(codec.decode(hex("0a044a6f686e 9a06 0161"), Request), make(Request, { name: "John" }));
});

test("wrappers and structs are as simple as protobuf-es has them", () => {
  const value = { aWrapper: 5n, aStruct: { a: [1, null] } };

  assert.equal(codec.decode(codec.encode(value, Everything), Everything), make(Everything, value));
  assert.equal(codec.decode(hex("0a0161"), StringValueSchema), create(StringValueSchema, { value: "a" }));
});

test("schemas are found by name in what protoc compiled, as bytes or as a message", () => {
  const fromBytes = messageSchemas(toBinary(FileDescriptorSetSchema, fileSet));

  assert.is(fromBytes("greeter.Request").typeName, "greeter.Request");
  assert.is(messageSchemas(fileSet)("test.Everything").typeName, "test.Everything");
});

test("a name that is not there is told, with those that are", () => {
  const greeterOnly = messageSchemas(create(FileDescriptorSetSchema, { file: fileSet.file.slice(2, 3) }));

  assert.throws(
    () => greeterOnly("greeter.Nothing"),
    (error: Error) => error.message.startsWith('there is no message "greeter.Nothing"; there is greeter.Request, '),
  );
});

test.run();
