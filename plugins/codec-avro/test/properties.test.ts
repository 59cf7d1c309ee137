import { inspect, isDeepStrictEqual } from "node:util";
import { MicroError } from "@micro/kernel";
import type { Type } from "avsc";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { avroMapping } from "../src/index.ts";
import { codec, plain } from "./support/codec.ts";
import { Bigint, Even, Everything, everything, Greeting, List, Nulls, Wrapped } from "./support/types.ts";

const test = suite("what holds for all input");

const runs = { numRuns: process.env.CI === "true" ? 10_000 : 1000 };

const text = fc.string({ unit: "grapheme" });
const bytes = fc.uint8Array().map((content) => Buffer.from(content));
const long = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger().filter((value) => value >= -(2 ** 52) && value < 2 ** 53 - 1),
);
const key = text.filter((name) => name !== "__proto__");
const inner = fc.record({ n: fc.integer() });

const value = fc.record({
  flag: fc.boolean(),
  int: fc.integer(),
  long,
  float: fc.float({ noNaN: true, noDefaultInfinity: true }),
  double: fc.double({ noNaN: true, noDefaultInfinity: true }),
  text,
  bytes,
  fixed: fc.uint8Array({ minLength: 4, maxLength: 4 }).map((content) => Buffer.from(content)),
  color: fc.constantFrom("RED", "BLUE"),
  list: fc.array(fc.integer()),
  map: fc.dictionary(key, text),
  maybe: fc.option(text),
  either: fc.oneof(text, fc.integer(), inner),
  when: fc.date({ noInvalidDate: true, min: new Date(-(2 ** 52)) }),
});

test("every value comes back as it was, by Avro and by JSON", () => {
  fc.assert(
    fc.property(value, (content) => {
      const written = codec.encode(content, Everything);
      const json = JSON.parse(JSON.stringify(mapping(Everything).toJson(content))) as unknown;

      assertSame(codec.decode(written, Everything), content);
      assertSame(mapping(Everything).fromJson(json), withoutNegativeZero(content));
    }),
    runs,
  );
});

test("every long that is written is read again, and every other is refused", () => {
  const any = fc.oneof(long, fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(Number), fc.double());

  fc.assert(
    fc.property(any, (times) => {
      const written = attempt(500, () => codec.encode({ times }, Greeting));
      if (written !== undefined) assert.is((codec.decode(written, Greeting) as { times: number }).times, times + 0);
      else assert.not(Number.isInteger(times) && times >= -(2 ** 52) && times < 2 ** 53 - 1);
    }),
    runs,
  );
});

test("every long of 64 bits comes back to the last digit, by Avro and by JSON", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (id) => {
      assertSame(codec.decode(codec.encode({ id }, Bigint), Bigint), { id });
      assertSame(mapping(Bigint).fromJson({ id: String(id) }), { id });
      assertSame(mapping(Bigint).fromJson(mapping(Bigint).toJson({ id })), { id });
    }),
    runs,
  );
});

const types: readonly Type[] = [Greeting, List, Everything, Wrapped, Bigint, Even, Nulls];

test("whatever avsc makes up itself is written and read as avsc does", () => {
  fc.assert(
    fc.property(fc.constantFrom(Greeting, Everything, Wrapped, Bigint), (type) => {
      const content = type.random();
      const written = attempt(500, () => codec.encode(content, type));
      if (written === undefined) return;
      assert.equal(written, type.toBuffer(content));
      const read = attempt(400, () => codec.decode(written, type));
      if (read !== undefined) assertSame(read, plain(type.fromBuffer(type.toBuffer(content))));
    }),
    { numRuns: runs.numRuns / 10 },
  );
});

test("random bytes are read, or are a 400 or a 413, and nothing else", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.constantFrom(...types), (body, type) => {
      readsOnly(body, type);
    }),
    runs,
  );
});

test("a damaged body is read, or is a 400 or a 413, and nothing else", () => {
  const body = value.map((content) => codec.encode(content, Everything) as Uint8Array);
  const damaged = fc.tuple(body, fc.nat(), fc.nat({ max: 3 }), fc.uint8Array({ maxLength: 3 })).map(damage);

  fc.assert(
    fc.property(damaged, (content) => {
      readsOnly(content, Everything);
    }),
    runs,
  );
});

test("what is read is written again, and read the same", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.constantFrom(...types), (body, type) => {
      const read = attempt(400, () => codec.decode(body, type), 413);
      if (read === undefined) return;
      assertSame(codec.decode(codec.encode(read, type), type), plain(read));
    }),
    runs,
  );
});

test("JSON that was not made for a schema is read, or is a 400, and nothing else", () => {
  const near = fc.record({ ...Object.fromEntries(Object.keys(everything).map((name) => [name, fc.jsonValue()])) });

  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), near), fc.constantFrom(...types), (json, type) => {
      attempt(400, () => mapping(type).fromJson(json));
    }),
    runs,
  );
});

function readsOnly(body: Uint8Array, type: Type): void {
  attempt(400, () => codec.decode(body, type), 413);
}

/** What `run` gives, `undefined` when it throws a MicroError of such a code. */
function attempt<T>(code: number, run: () => T, other = code): T | undefined {
  try {
    return run();
  } catch (error) {
    assert.ok(MicroError.is(error), String(error));
    assert.ok([code, other].includes((error as MicroError).code), String(error));
    return undefined;
  }
}

function mapping(type: Type): NonNullable<ReturnType<typeof avroMapping>> {
  return avroMapping(type) as NonNullable<ReturnType<typeof avroMapping>>;
}

// JSON.stringify does not write it.
function withoutNegativeZero<T extends { float: number; double: number }>(content: T): T {
  return { ...content, float: content.float + 0, double: content.double + 0 };
}

// uvu's own comparison calls methods of what it compares, and these objects may have keys of the same names.
function assertSame(actual: unknown, expected: unknown): void {
  assert.ok(isDeepStrictEqual(plain(actual), plain(expected)), `${inspect(actual)} is not ${inspect(expected)}`);
}

function damage([bytes, position, remove, insert]: [Uint8Array, number, number, Uint8Array]): Uint8Array {
  const at = position % bytes.length;
  return Uint8Array.from([...bytes.subarray(0, at), ...insert, ...bytes.subarray(at + remove)]);
}

test.run();
