import avsc from "avsc";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { codec, fault, hex, plain } from "./support/codec.ts";
import { Bigint, Even, Everything, everything, Greeting, List, Wrapped } from "./support/types.ts";

const test = suite("values");

const { Type } = avsc;

// The examples of the Avro specification.
for (const [what, schema, value, digits] of [
  ["the long 0", "long", 0, "00"],
  ["the long -1", "long", -1, "01"],
  ["the long -64", "long", -64, "7f"],
  ["the long 64", "long", 64, "8001"],
  ["the string foo", "string", "foo", "06666f6f"],
  ["an array of longs", { type: "array", items: "long" }, [3, 27], "04063600"],
  ["a null in a union", ["null", "string"], null, "00"],
  ["a string in a union", ["null", "string"], "a", "020261"],
] as const) {
  test(`${what} is written as the specification of Avro says`, () => {
    const type = Type.forSchema(schema as unknown as avsc.Schema);

    assert.is(Buffer.from(codec.encode(value, type) as Uint8Array).toString("hex"), digits);
    assert.equal(codec.decode(hex(digits), type), value);
  });
}

test("without a schema a value is its bytes, both ways", () => {
  const bytes = Uint8Array.of(1, 2, 3);

  assert.equal(codec.encode(bytes), bytes);
  assert.equal(codec.decode(Buffer.from(bytes)), bytes);
  assert.equal(codec.decode(codec.encode(undefined)), new Uint8Array(0));
});

test("without a schema any other value is told where schemas go", () => {
  const expected =
    "500 a value cannot be written as Avro without a schema: " +
    "add schemas, method({ input, output }, …) where it is served and { input, output } where it is called, or pass bytes";

  assert.is(
    fault(() => codec.encode({ name: "John" })),
    expected,
  );
});

test("what is no type of avsc is refused, also its JSON", () => {
  for (const schema of ["string", { type: "string" }, 5, null]) {
    assert.match(
      fault(() => codec.encode("a", schema)),
      /^500 the schema is no type of avsc: add schemas/,
    );
    assert.match(
      fault(() => codec.decode("a", schema)),
      /^500 the schema is no type of avsc: add schemas/,
    );
  }
});

test("the empty value has the defaults of its fields, and is written whole", () => {
  assert.equal(plain(codec.decode("", Greeting)), { name: "", times: 0 });
  assert.equal(Buffer.from(codec.encode(undefined, Greeting) as Uint8Array), Buffer.from([0, 0]));
  assert.is(codec.decode("", Type.forSchema("null")), null);
  assert.equal(codec.decode("", Type.forSchema({ type: "map", values: "int" })), {});
});

test("a schema without defaults has no empty value", () => {
  assert.is(
    fault(() => codec.decode("", Everything)),
    "400 there is no value, and Everything.flag has no default",
  );
  assert.is(
    fault(() => codec.encode(undefined, Everything)),
    "500 a value cannot be written as Avro: there is no value, and Everything.flag has no default",
  );
});

for (const [change, problem] of [
  [{ int: 2 ** 31 }, "Everything.int must be an integer of 32 bits"],
  [{ int: undefined }, "Everything.int is missing"],
  [{ long: 2 ** 53 }, "Everything.long must be an integer from -2^52 to 2^53 - 2, or have a type for longs"],
  [{ long: -(2 ** 52) - 1 }, "Everything.long must be an integer from -2^52 to 2^53 - 2, or have a type for longs"],
  [{ text: 5 }, "Everything.text must be a string"],
  [{ text: "\ud800" }, "Everything.text has a lone surrogate"],
  [{ color: "GREEN" }, "Everything.color must be one of RED, BLUE"],
  [{ bytes: "text" }, "Everything.bytes must be a Buffer"],
  [{ bytes: Uint8Array.of(1) }, "Everything.bytes must be a Buffer"],
  [{ fixed: Buffer.of(1) }, "Everything.fixed must be a Buffer of 4 bytes"],
  [{ list: [1, "2"] }, "Everything.list[1] must be an integer of 32 bits"],
  [{ list: {} }, "Everything.list must be an array"],
  [{ map: { a: 1 } }, 'Everything.map["a"] must be a string'],
  [{ map: JSON.parse('{"__proto__":"a"}') }, "Everything.map must not have the key __proto__"],
  [{ map: [] }, "Everything.map must be an object"],
  [{ maybe: 5 }, "Everything.maybe must be one of null, string"],
  [{ either: { n: "5" } }, "Everything.either.n must be an integer of 32 bits"],
  [{ when: 5 }, "Everything.when must be of type date"],
] as const) {
  test(`a mistake is told with its place: ${problem}`, () => {
    assert.is(
      fault(() => codec.encode({ ...everything, ...change }, Everything)),
      `500 a value cannot be written as Avro: ${problem}`,
    );
  });
}

test("a mistake in a union with named branches is told with its place", () => {
  assert.is(
    fault(() => codec.encode([{ int: 0.5 }], Wrapped)),
    "500 a value cannot be written as Avro: the value[0].int must be an integer of 32 bits",
  );
  assert.is(
    fault(() => codec.encode([1], Wrapped)),
    "500 a value cannot be written as Avro: the value[0] must be { branch: value }, branch one of null, int, double",
  );
});

test("a cycle is a mistake as well", () => {
  const cycle: { next?: unknown } = {};
  cycle.next = cycle;

  assert.match(
    fault(() => codec.encode(cycle, List)),
    /^500 a value cannot be written as Avro: /,
  );
});

test("longs of 64 bits and logical values come back as they were", () => {
  for (const id of [2n ** 63n - 1n, -(2n ** 63n), 0n]) {
    assert.equal(plain(codec.decode(codec.encode({ id }, Bigint), Bigint)), { id });
  }
  assert.equal(plain(codec.decode(codec.encode(everything, Everything), Everything)), everything);
  assert.is(codec.decode(codec.encode(4, Even), Even), 4);
});

test.run();
