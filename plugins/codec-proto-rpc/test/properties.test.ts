import { inspect, isDeepStrictEqual } from "node:util";
import { toBinary } from "@bufbuild/protobuf";
import { MicroError, type SchemaMapping } from "@micro/kernel";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { protoMapping } from "../src/index.ts";
import { blocks, codec, envelope, hex, make, reply, request } from "./support/codec.ts";
import { Everything, Request, Response } from "./support/schemas.ts";

const test = suite("what holds for all input");

const runs = { numRuns: process.env.CI === "true" ? 10_000 : 1000 };

const few = { maxLength: 3, maxKeys: 3 };
const text = fc.string({ unit: "grapheme" });
const bytes = fc.uint8Array().map((content) => Uint8Array.from(content));
const float = fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const int32 = fc.integer();
const uint32 = fc.nat({ max: 2 ** 32 - 1 });
const method = fc.stringMatching(/^[A-Z][a-z]{0,8}\.[A-Za-zé]{1,8}$/);

const { init } = fc.letrec<{ init: object; child: object | undefined }>((tie) => ({
  child: fc.option(tie("init"), { nil: undefined, maxDepth: 2 }),
  init: fc.record(
    {
      aDouble: double,
      aFloat: float,
      anInt32: int32,
      anInt64: int64,
      aUint32: uint32,
      aUint64: uint64,
      aSint32: int32,
      aSint64: int64,
      aFixed32: uint32,
      aFixed64: uint64,
      anSfixed32: int32,
      anSfixed64: int64,
      aBool: fc.boolean(),
      aString: text,
      aBytes: bytes,
      aColor: fc.constantFrom(0, 1, -2, 77),
      aChild: tie("child"),
      manyLongs: fc.array(int64, few),
      manyStrings: fc.array(text, few),
      manyColors: fc.array(fc.constantFrom(0, 1, -2), few),
      byName: fc.dictionary(text, fc.constant({}), { ...few, noNullPrototype: true }),
      byNumber: fc.dictionary(int64.map(String), text, { ...few, noNullPrototype: true }),
      byFlag: fc.dictionary(fc.constantFrom("true", "false"), bytes, { ...few, noNullPrototype: true }),
      choice: fc.oneof(
        text.map((value) => ({ case: "chosenText", value })),
        uint64.map((value) => ({ case: "chosenLong", value })),
        bytes.map((value) => ({ case: "chosenBytes", value })),
      ),
      optionalNumber: int32,
      aWrapper: int64,
      longAsText: int64.map(String),
    },
    { requiredKeys: [], noNullPrototype: true },
  ),
}));

const everything = init.map((value) => make(Everything, value as Record<string, unknown>));

test("every message comes back as it was, bare, in a request, in a reply and by JSON", () => {
  fc.assert(
    fc.property(everything, method, uint64, (value, name, id) => {
      const head = { method: name, id };
      const asked = request(envelope.writeRequest(name, 7, value, Everything), Everything);
      const answered = reply(envelope.writeReply(head, value, Everything), Everything);

      assertSame(codec.decode(codec.encode(value, Everything), Everything), value);
      assertSame(asked, { method: name, id: 7, value });
      assertSame(answered, { id: id <= Number.MAX_SAFE_INTEGER ? Number(id) : id, error: undefined, value });
      assertSame(mapping.fromJson(mapping.toJson(value)), value);
    }),
    runs,
  );
});

test("what protobuf-es takes as a message is written as it writes it", () => {
  fc.assert(
    fc.property(init, (value) => {
      const expected = toBinary(Everything, make(Everything, value as Record<string, unknown>));
      assertSame(codec.encode(value, Everything), expected);
    }),
    runs,
  );
});

test("every id of 64 bits is echoed bit by bit", () => {
  fc.assert(
    fc.property(uint64, (id) => {
      const eight = Buffer.alloc(8);
      eight.writeBigUInt64LE(id);
      const { id: read } = request(blocks(Buffer.concat([hex("11"), eight]), hex("")));
      const body = Buffer.from(envelope.writeReply({ method: "", id: read }, undefined) as Uint8Array);
      assertSame(Uint8Array.from(body.subarray(7, 15)), Uint8Array.from(eight));
    }),
    runs,
  );
});

test("every error text and every method comes back as it was", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 400 }), text, (error, name) => {
      const { error: read } = envelope.readReply(envelope.writeError({ method: name, id: 0 }, error));
      assert.is(read, error);
      const asked = attempt(400, () => envelope.readRequest(envelope.writeRequest(name, 0, undefined)));
      if (asked !== undefined) assert.is(asked.method, name);
    }),
    runs,
  );
});

test("random bytes are read or are a 400 of the caller, a 502 of the peer, and nothing else", () => {
  const framed = fc.tuple(fc.uint8Array(), fc.uint8Array()).map(([head, payload]) => blocks(head, payload));

  fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), framed), expectOnlyFaults), runs);
});

test("a damaged message is read or is a 400 of the caller, a 502 of the peer, and nothing else", () => {
  const message = fc.oneof(
    everything.map((value) => envelope.writeRequest("Say.Hello", 0, value, Everything) as Uint8Array),
    everything.map((value) => envelope.writeReply({ method: "Say.Hello", id: 0 }, value, Everything) as Uint8Array),
    everything.map((value) => codec.encode(value, Everything) as Uint8Array),
  );
  const damaged = fc.tuple(message, fc.nat(), fc.nat({ max: 3 }), fc.uint8Array({ maxLength: 3 })).map(damage);

  fc.assert(fc.property(damaged, expectOnlyFaults), runs);
});

test("JSON that was not made for a schema is read, or is a 400, and nothing else", () => {
  const names = Everything.fields.map(({ name }) => [name, fc.jsonValue()] as const);
  const near = fc.record(Object.fromEntries(names), { requiredKeys: [] });

  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), near), (json) => {
      const message = attempt(400, () => mapping.fromJson(json));
      if (message !== undefined) codec.encode(message, Everything);
    }),
    runs,
  );
});

test("whatever a handler answers is written, or is a 500, and nothing else", () => {
  fc.assert(
    fc.property(fc.oneof(fc.anything(), init), (value) => {
      attempt(500, () => codec.encode(value, Everything));
      attempt(500, () => mapping.toJson(value));
    }),
    runs,
  );
});

const mapping = protoMapping(Everything) as SchemaMapping;

// uvu's own comparison calls methods of what it compares, and these objects may have keys of the same names.
function assertSame(actual: unknown, expected: unknown): void {
  assert.ok(isDeepStrictEqual(actual, expected), `${inspect(actual)} is not ${inspect(expected)}`);
}

function expectOnlyFaults(body: Uint8Array): void {
  for (const schema of [Everything, Request, Response]) {
    attempt(400, () => codec.decode(body, schema));
    attempt(400, () => request(body, schema));
    const answer = attempt(502, () => envelope.readReply(body));
    if (answer !== undefined) attempt(400, () => envelope.value(answer.payload, schema));
  }
}

/** What `run` gives, `undefined` when it throws a MicroError of that code. */
function attempt<T>(code: number, run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    assert.ok(MicroError.is(error), String(error));
    assert.is((error as MicroError).code, code);
    return undefined;
  }
}

function damage([bytes, position, remove, insert]: [Uint8Array, number, number, Uint8Array]): Uint8Array {
  const at = position % (bytes.length + 1);
  return Uint8Array.from([...bytes.subarray(0, at), ...insert, ...bytes.subarray(at + remove)]);
}

test.run();
