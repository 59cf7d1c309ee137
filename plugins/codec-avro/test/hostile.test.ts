import avsc from "avsc";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { codec, fault, hex, thrownBy } from "./support/codec.ts";
import { Bigint, Even, Greeting, List, Nulls } from "./support/types.ts";

const test = suite("hostile input");

const { Type } = avsc;
const malformed = "400 malformed message";

for (const [what, schema, digits, expected] of [
  ["no byte where one must be", "boolean", "", "400 there is no value, and boolean has no default"],
  ["a boolean that is neither", "boolean", "02", malformed],
  ["a varint that never ends", "long", "ff".repeat(9), malformed],
  ["a varint of eleven bytes", "long", `${"80".repeat(10)}01`, malformed],
  ["a varint of 65 bits", "long", `${"ff".repeat(9)}02`, malformed],
  ["an int of 33 bits", "int", "8080808020", malformed],
  ["a long beyond 2^53", "long", "ffffffffffffffffff01", "400 a long is too large to be read exactly"],
  ["a long whose sign avsc would lose", "long", "81808080 80808010", "400 a long is too large to be read exactly"],
  ["a float that is cut", "float", "000000", malformed],
  ["a double that is cut", "double", "00000000000000", malformed],
  ["bytes longer than the body", "bytes", "feffffff0f00", malformed],
  ["bytes of a negative length", "bytes", "01", malformed],
  ["a string longer than the body", "string", "0a6162", malformed],
  ["a string of a negative length", "string", "03", malformed],
  ["a string that is not UTF-8", "string", "04c328", "400 text is not UTF-8"],
  ["a string with half an emoji", "string", "06eda080", "400 text is not UTF-8"],
  ["an overlong slash", "string", "04c0af", "400 text is not UTF-8"],
  ["a trailing byte", "string", "026100", malformed],
  ["two values", "int", "0202", malformed],
  ["a branch that does not exist", ["null", "string"], "04", malformed],
  ["a negative branch", ["null", "string"], "01", malformed],
  ["an array without its end", { type: "array", items: "int" }, "0202", malformed],
  ["an array of more than there are bytes for", { type: "array", items: "int" }, "feffffffffffff0f", malformed],
  ["a block of a wrong size", { type: "array", items: "int" }, "01 04 02 00", malformed],
  ["a block of a negative size", { type: "array", items: "int" }, "01 01 02 00", malformed],
  ["a map key that is not UTF-8", { type: "map", values: "int" }, "02 04c328 02 00", "400 text is not UTF-8"],
  [
    "a map of which avsc would lose a key",
    { type: "map", values: "int" },
    "02 12 5f5f70726f746f5f5f 02 00",
    "400 a map must not have the key __proto__",
  ],
  ["a symbol that does not exist", { type: "enum", name: "E", symbols: ["A"] }, "02", malformed],
  ["a fixed that is cut", { type: "fixed", name: "F", size: 4 }, "000000", malformed],
] as const) {
  test(`${what} is refused: ${digits}`, () => {
    const type = Type.forSchema(schema as unknown as avsc.Schema);

    assert.is(
      fault(() => codec.decode(hex(digits), type)),
      expected,
    );
  });
}

test("five bytes that stand for twenty million nulls are refused before one is made", () => {
  const bomb = Buffer.concat([Type.forSchema("long").toBuffer(20_000_000), Buffer.of(0)]);
  const before = process.memoryUsage().rss;

  assert.is(
    fault(() => codec.decode(bomb, Nulls)),
    "413 too many items",
  );
  assert.ok(process.memoryUsage().rss - before < 16 * 2 ** 20);
});

test("there may be ten items for each byte, in all arrays together", () => {
  const one = (count: number) => Buffer.concat([Type.forSchema("long").toBuffer(count), Buffer.of(0)]);
  const arrays = Type.forSchema({ type: "array", items: { type: "array", items: "null" } });

  assert.is((codec.decode(one(20), Nulls) as unknown[]).length, 20);
  assert.is(
    fault(() => codec.decode(one(21), Nulls)),
    "413 too many items",
  );
  assert.is(
    fault(() => codec.decode(Buffer.concat([Buffer.of(4), one(30), one(30), Buffer.of(0)]), arrays)),
    "413 too many items",
  );
});

test("there may be a million items, and none more", () => {
  const flags = Type.forSchema({ type: "array", items: "boolean" });
  const body = (count: number) => flags.toBuffer(new Array(count).fill(true));

  assert.is((codec.decode(body(1_000_000), flags) as unknown[]).length, 1_000_000);
  assert.is(
    fault(() => codec.decode(body(1_000_001), flags)),
    "413 too many items",
  );
});

test("a value may nest 100 deep", () => {
  // Each node is a record and a union.
  assert.ok(codec.decode(hex(`${"02".repeat(49)}00`), List));
  assert.is(
    fault(() => codec.decode(hex(`${"02".repeat(51)}00`), List)),
    "400 nesting too deep",
  );
  assert.is(
    fault(() => codec.decode(hex("02".repeat(100_000)), List)),
    "400 nesting too deep",
  );
});

test("a schema that refuses a value refuses the body, and says nothing of what was in it", () => {
  assert.is(codec.decode(hex("04"), Even), 2);
  assert.is(
    fault(() => codec.decode(hex("06"), Even)),
    malformed,
  );
});

test("a long of 64 bits is read where the schema has a type for it", () => {
  assert.equal({ ...(codec.decode(hex("ffffffffffffffffff01"), Bigint) as object) }, { id: -(2n ** 63n) });
  assert.is(
    fault(() => codec.decode(hex("ffffffffffffffffff02"), Bigint)),
    malformed,
  );
});

test("what comes never becomes a schema", () => {
  const schema = JSON.stringify({ type: "array", items: "null" });

  assert.is(thrownBy(() => codec.decode(Buffer.from(schema), Greeting)).code, 400);
  assert.is(thrownBy(() => codec.decode(Buffer.of(0), schema)).code, 500);
});

test.run();
