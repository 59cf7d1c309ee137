import avsc from "avsc";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { avroMapping } from "../src/index.ts";
import { codec, fault, plain } from "./support/codec.ts";
import { Bigint, Even, Everything, everything, Greeting, List, Wrapped } from "./support/types.ts";

const test = suite("values in JSON");

const { Type } = avsc;

const json = {
  flag: true,
  int: -(2 ** 31),
  long: -(2 ** 52),
  float: 0.5,
  double: 5e-324,
  text: "grüße 世界 🎉 \u0000",
  bytes: "AP8=",
  fixed: "AQIDBA==",
  color: "BLUE",
  list: [1, -1],
  map: { a: "b", "": "", constructor: "c" },
  maybe: "here",
  either: { n: 5 },
  when: 0,
};

test("records and maps are objects, bytes are base64, symbols are text and logical values what is under them", () => {
  assert.equal(plain(mapping(Everything).toJson(everything)), json);
});

test("a value that was JSON is the one that the encoding of Avro gives", () => {
  const fromJson = mapping(Everything).fromJson(json);
  const fromAvro = codec.decode(codec.encode(everything, Everything), Everything);

  assert.equal(fromJson, fromAvro);
  assert.is(Object.getPrototypeOf(fromJson), Object.getPrototypeOf(fromAvro));
});

test("the branches of a union have names where its type wraps them, and none else", () => {
  const values = [null, { int: 1 }, { double: 0.5 }];

  assert.equal(plain(mapping(Wrapped).toJson(values)), values);
  assert.equal(plain(mapping(Wrapped).fromJson(values)), values);
  assert.is((mapping(Everything).fromJson({ ...json, either: "text" }) as { either: unknown }).either, "text");
  assert.is((mapping(Everything).fromJson({ ...json, either: 5 }) as { either: unknown }).either, 5);
});

test("what is absent has its default, and so has a null that its type does not know", () => {
  assert.equal(plain(mapping(Greeting).fromJson({})), { name: "", times: 0 });
  assert.equal(plain(mapping(Greeting).fromJson(undefined)), { name: "", times: 0 });
  assert.equal(plain(mapping(Greeting).fromJson({ name: null, other: 1 })), { name: "", times: 0 });
  assert.equal(plain(mapping(Greeting).toJson({ name: "a" })), { name: "a", times: 0 });
  assert.equal(plain(mapping(Greeting).toJson(undefined)), { name: "", times: 0 });
});

test("longs of 64 bits are numbers to the last digit, and texts where a number would not do", () => {
  const big = mapping(Bigint);

  assert.equal(plain(big.toJson({ id: 5n })), { id: 5 });
  assert.equal(plain(big.toJson({ id: 2n ** 63n - 1n })), { id: 2n ** 63n - 1n });
  assert.equal(plain(big.toJson({ id: -(2n ** 63n) })), { id: -(2n ** 63n) });
  assert.equal(plain(big.fromJson({ id: -5 })), { id: -5n });
  assert.equal(plain(big.fromJson({ id: "-9223372036854775808" })), { id: -(2n ** 63n) });
  assert.equal(plain(big.fromJson({ id: 2n ** 63n - 1n })), { id: 2n ** 63n - 1n });
});

for (const [type, content, problem] of [
  [Bigint, { id: 2 ** 53 }, "id is beyond 2^53, where numbers of JSON are not exact: write it as a string"],
  [Bigint, { id: "9223372036854775808" }, "id must be an integer of 64 bits"],
  [Bigint, { id: 0.5 }, "id must be an integer of 64 bits"],
  [Bigint, {}, "id is missing and has no default"],
  [
    Greeting,
    { times: 2 ** 53 },
    "times is too large to be exact: its schema needs a type for longs, and JSON a string",
  ],
  [Greeting, { times: 0.5 }, "times must be an integer"],
  [Greeting, { times: "5" }, "times must be an integer"],
  [Greeting, { name: 5 }, "name must be a string"],
  [Greeting, { name: "\ud800" }, "name must be a string"],
  [Greeting, [], "Greeting must be an object"],
  [Greeting, null, "Greeting must be an object"],
  [Everything, { ...json, flag: 1 }, "flag must be true or false"],
  [Everything, { ...json, int: 2 ** 31 }, "int must be an integer of 32 bits"],
  [Everything, { ...json, double: "1" }, "double must be a number"],
  [Everything, { ...json, bytes: "AP8" }, "bytes must be in base64, padded, without line breaks"],
  [Everything, { ...json, bytes: 5 }, "bytes must be a string in base64"],
  [Everything, { ...json, fixed: "AP8=" }, "fixed must have 4 bytes"],
  [Everything, { ...json, color: "GREEN" }, "color must be one of RED, BLUE"],
  [Everything, { ...json, list: [1, "x"] }, "list[1] must be an integer of 32 bits"],
  [Everything, { ...json, list: {} }, "list must be an array"],
  [Everything, { ...json, map: [] }, "map must be an object"],
  [Everything, { ...json, map: JSON.parse('{"__proto__":"a"}') }, "map must not have such a key"],
  [Everything, { ...json, either: { n: "x" } }, "either.n must be an integer of 32 bits"],
  [Everything, { ...json, either: true }, "either must be one of string, int, Inner"],
  [Wrapped, [5], "[0] must be { branch: value }, one of null, int, double"],
  [Wrapped, [{ int: 1, double: 1 }], "[0] must be { branch: value }, one of null, int, double"],
  [Wrapped, [{ int: 0.5 }], "[0].int must be an integer of 32 bits"],
  [Even, 5, "the value is not a value of its type"],
] as const) {
  test(`JSON that does not fit is a 400 that names the field: ${problem}`, () => {
    assert.is(
      fault(() => mapping(type).fromJson(content)),
      `400 ${problem}`,
    );
  });
}

test("JSON that nests too deep is refused", () => {
  let list: { next: unknown } = { next: null };
  for (let depth = 0; depth < 20_000; depth++) list = { next: list };

  assert.match(
    fault(() => mapping(List).fromJson(list)),
    /^400 .*nests too deep$/,
  );
});

test("what JSON has no number for, or the type no place, is a 500", () => {
  assert.is(
    fault(() => mapping(Everything).toJson({ ...everything, double: Number.NaN })),
    "500 a value cannot be written as Avro: a double is NaN, which JSON does not have",
  );
  assert.is(
    fault(() => mapping(Everything).toJson({ ...everything, text: 5 })),
    "500 a value cannot be written as Avro: Everything.text must be a string",
  );
});

test("members that every object inherits are no members", () => {
  const type = Type.forSchema({
    type: "record",
    name: "Odd",
    fields: [{ name: "constructor", type: "string", default: "none" }],
  });

  assert.equal(plain(mapping(type).fromJson({})), { constructor: "none" });
});

test("a type has one mapping, and what is no type has none", () => {
  assert.is(avroMapping(Greeting), avroMapping(Greeting));
  assert.is(avroMapping({ type: "string" }), undefined);
  assert.is(avroMapping(undefined), undefined);
});

function mapping(type: avsc.Type): NonNullable<ReturnType<typeof avroMapping>> {
  return avroMapping(type) as NonNullable<ReturnType<typeof avroMapping>>;
}

test.run();
