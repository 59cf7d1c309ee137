import { create } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import type { SchemaMapping } from "@micro/kernel";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { protoMapping } from "../src/index.ts";
import { codec, fault, make } from "./support/codec.ts";
import { Count, Everything, Item, Request, Response } from "./support/schemas.ts";

const test = suite("values in JSON");

test("names are those of the .proto file, and zero values are left out, as Go does", () => {
  assert.equal(mapping(Request).toJson(make(Request, { name: "John", delayMs: 5n })), { name: "John", delay_ms: 5 });
  assert.equal(mapping(Request).toJson(make(Request, { name: "", delayMs: 0n })), {});
  assert.equal(mapping(Request).toJson({ name: "John" }), { name: "John" });
  assert.equal(mapping(Request).toJson({ delay_ms: 5 }), { delay_ms: 5 });
  assert.equal(mapping(Request).toJson(undefined), {});
});

test("integers of 64 bits are numbers, and bigints where a number could not hold them", () => {
  const toJson = (value: object) => mapping(Everything).toJson(value);

  assert.equal(toJson({ anInt64: -5n, aUint64: 5n }), { an_int64: -5, a_uint64: 5 });
  assert.equal(toJson({ aUint64: 2n ** 64n - 1n }), { a_uint64: 2n ** 64n - 1n });
  assert.equal(toJson({ aSint64: -(2n ** 63n) }), { a_sint64: -(2n ** 63n) });
  assert.equal(toJson({ aFixed64: 2n ** 53n - 1n, anSfixed64: 2n ** 53n }), {
    a_fixed64: 2 ** 53 - 1,
    an_sfixed64: 2n ** 53n,
  });
  assert.equal(toJson({ manyLongs: [0n, 2n ** 60n] }), { many_longs: [0, 2n ** 60n] });
  assert.equal(toJson({ longAsText: "123" }), { long_as_text: 123 });
});

test("bytes are base64, enums are numbers, a float has the digits that name it", () => {
  assert.equal(mapping(Everything).toJson({ aBytes: Uint8Array.of(0, 255, 62) }), { a_bytes: "AP8+" });
  assert.equal(mapping(Everything).toJson({ aColor: -2, manyColors: [0, 1] }), { a_color: -2, many_colors: [0, 1] });
  assert.equal(mapping(Everything).toJson({ aFloat: Math.fround(0.1), aDouble: 0.1 }), { a_double: 0.1, a_float: 0.1 });
  assert.equal(mapping(Everything).toJson({ aFloat: 16_777_217 }), { a_float: 16_777_216 });
  assert.equal(mapping(Everything).toJson({ aFloat: 3.4028234663852886e38 }), { a_float: 3.4028235e38 });
});

test("messages, lists and maps are objects and arrays, and a field of a oneof is a field", () => {
  const value = {
    aChild: {},
    manyChildren: [{ aString: "a" }, {}],
    byName: { a: {}, b: { aBool: true } },
    byNumber: { "-5": "a" },
    byFlag: { true: Uint8Array.of(1) },
    choice: { case: "chosenText", value: "" },
    optionalNumber: 0,
  };

  const json = mapping(Everything).toJson(value) as { choice?: unknown };

  assert.equal(json, {
    a_child: {},
    many_children: [{ a_string: "a" }, {}],
    by_name: { a: {}, b: { a_bool: true } },
    by_number: { "-5": "a" },
    by_flag: { true: "AQ==" },
    chosen_text: "",
    optional_number: 0,
  });
  assert.equal(mapping(Everything).fromJson(json), make(Everything, value));
});

test("wrappers and structs are messages as all others, as they are to Go", () => {
  const value = { aWrapper: 5n, aStruct: { a: "b" } };

  assert.equal(mapping(Everything).toJson(value), {
    a_wrapper: { value: 5 },
    a_struct: { fields: { a: { string_value: "b" } } },
  });
  assert.equal(mapping(Everything).fromJson(mapping(Everything).toJson(value)), make(Everything, value));
});

test("a field or a key named like what every object inherits is data", () => {
  const json = JSON.parse('{"__proto__":"a","by_name":{"__proto__":{"a_string":"b"}}}') as unknown;

  const message = mapping(Everything).fromJson(json);
  const again = mapping(Everything).toJson(message);

  assert.is(JSON.stringify(again), '{"by_name":{"__proto__":{"a_string":"b"}},"__proto__":"a"}');
  assert.equal(codec.decode(codec.encode(message, Everything), Everything), message);
  assert.is(({} as { a_string?: unknown }).a_string, undefined);
});

test("names match in any case, also those in camel case, as Go and its later peers write them", () => {
  for (const name of ["delay_ms", "Delay_MS", "DELAY_MS", "delayMs", "DelayMS", "delayms"]) {
    assert.equal(mapping(Request).fromJson({ [name]: 5 }), make(Request, { delayMs: 5n }), name);
  }
  assert.equal(mapping(Request).fromJson({ "delay-ms": 5 }), make(Request));
});

test("null is absent, and what the schema does not know is passed over", () => {
  assert.equal(mapping(Request).fromJson({ name: null, delay_ms: null, nothing: { a: 1 } }), make(Request));
  assert.equal(mapping(Request).fromJson(null), make(Request));
  assert.equal(mapping(Request).fromJson(undefined), make(Request));
  assert.equal(
    mapping(Everything).fromJson({ many_longs: [null], many_children: [null], by_name: { a: null }, a_child: null }),
    make(Everything, { manyLongs: [0n], manyChildren: [{}], byName: { a: {} } }),
  );
});

test("an integer of 64 bits may be a text, which is exact whatever its size", () => {
  assert.equal(mapping(Count).fromJson({ count: "-9223372036854775808" }), make(Count, { count: -(2n ** 63n) }));
  assert.equal(mapping(Count).fromJson({ count: 2 ** 53 - 1 }), make(Count, { count: 2n ** 53n - 1n }));
  assert.equal(mapping(Count).fromJson({ count: 2n ** 60n }), make(Count, { count: 2n ** 60n }));
  assert.equal(mapping(Everything).fromJson({ long_as_text: 5 }), make(Everything, { longAsText: "5" }));
});

test("an enum may be a name, and a number that it does not know", () => {
  assert.equal(mapping(Everything).fromJson({ a_color: "BLUE" }), make(Everything, { aColor: -2 }));
  assert.equal(mapping(Everything).fromJson({ a_color: 77 }), make(Everything, { aColor: 77 }));
});

const int64 = "must be an integer from -9223372036854775808 to 9223372036854775807";
const inexact = "is beyond 2^53, where numbers of JSON are not exact: write it as a string";

for (const [json, problem] of [
  [5, "the message must be an object"],
  ["text", "the message must be an object"],
  [[], "the message must be an object"],
  [{ an_int64: 2 ** 53 }, `an_int64 ${inexact}`],
  [{ an_int64: 2 ** 63 }, `an_int64 ${inexact}`],
  [{ AN_INT64: -(2 ** 60) }, `an_int64 ${inexact}`],
  [{ an_int64: "9223372036854775808" }, `an_int64 ${int64}`],
  [{ an_int64: 0.5 }, `an_int64 ${int64}`],
  [{ an_int64: "" }, `an_int64 ${int64}`],
  [{ an_int64: "0x1" }, `an_int64 ${int64}`],
  [{ an_int64: " 1" }, `an_int64 ${int64}`],
  [{ an_int64: [1] }, `an_int64 ${int64}`],
  [{ an_int64: true }, `an_int64 ${int64}`],
  [{ a_uint64: -1 }, "a_uint64 must be an integer from 0 to 18446744073709551615"],
  [{ an_int32: 2 ** 31 }, "an_int32 must be an integer from -2147483648 to 2147483647"],
  [{ an_int32: "5" }, "an_int32 must be an integer from -2147483648 to 2147483647"],
  [{ a_uint32: -1 }, "a_uint32 must be an integer from 0 to 4294967295"],
  [{ a_double: "5" }, "a_double must be a number"],
  [{ a_double: Number.POSITIVE_INFINITY }, "a_double must be a smaller number"],
  [{ a_float: 1e39 }, "a_float must be a smaller number"],
  [{ a_bool: 1 }, "a_bool must be true or false"],
  [{ a_string: 5 }, "a_string must be a string"],
  [{ a_bytes: "AP8" }, "a_bytes must be in base64, padded, without line breaks"],
  [{ a_bytes: "_w==" }, "a_bytes must be in base64, padded, without line breaks"],
  [{ a_bytes: 5 }, "a_bytes must be a string in base64"],
  [{ a_color: "GREEN" }, "a_color must be a number of its enum"],
  [{ a_color: 0.5 }, "a_color must be a number of its enum"],
  [{ a_child: [] }, "a_child must be an object"],
  [{ a_child: { many_children: [{}, { a_string: 5 }] } }, "a_child.many_children[1].a_string must be a string"],
  [{ many_longs: 5 }, "many_longs must be an array"],
  [{ many_longs: [1, 2 ** 53] }, `many_longs[1] ${inexact}`],
  [{ by_name: [] }, "by_name must be an object"],
  [{ by_name: { secret: 5 } }, "by_name must be an object"],
  [{ by_number: { a: "b" } }, "by_number must have integers as its keys"],
  [{ by_number: { "9223372036854775808": "b" } }, `by_number ${int64}`],
  [{ by_flag: { yes: "" } }, "by_flag must have true and false as its keys"],
  [{ a_wrapper: 5 }, "a_wrapper must be an object"],
] as const) {
  test(`JSON that does not fit is a 400 that names the field: ${problem}`, () => {
    assert.is(
      fault(() => mapping(Everything).fromJson(json)),
      `400 ${problem}`,
    );
  });
}

test("JSON that nests too deep is refused", () => {
  let json: object = {};
  for (let depth = 0; depth < 20_000; depth++) json = { a_child: json };

  assert.match(
    fault(() => mapping(Everything).fromJson(json)),
    /^400 .* nests too deep$/,
  );
});

test("a number that JSON does not have is a 500 that names the field", () => {
  for (const value of [Number.NaN, Number.NEGATIVE_INFINITY]) {
    assert.is(
      fault(() => mapping(Everything).toJson({ aChild: { aDouble: value } })),
      `500 a value cannot be written as protobuf: test.Everything.a_double is ${value}, which JSON does not have`,
    );
  }
});

test("a value of another message is refused, and a cycle as well", () => {
  const cycle = make(Everything);
  cycle.aChild = cycle;

  assert.is(
    fault(() => mapping(Request).toJson(make(Item))),
    "500 a value cannot be written as protobuf: it is a greeter.Item, not a greeter.Request",
  );
  assert.match(
    fault(() => mapping(Everything).toJson(cycle)),
    /^500 .* nests too deep$/,
  );
});

test("a schema has one mapping, and what is no schema has none", () => {
  assert.is(protoMapping(Response), protoMapping(Response));
  assert.equal(mapping(EmptySchema).fromJson({ a: 1 }), create(EmptySchema));
  for (const schema of [undefined, null, "greeter.Request", {}, { kind: "enum", typeName: "a" }]) {
    assert.is(protoMapping(schema), undefined);
  }
});

function mapping(schema: unknown): SchemaMapping {
  return protoMapping(schema) as SchemaMapping;
}

test.run();
