import assert from "node:assert/strict";
import { suite } from "uvu";
import { memoryCodec } from "../../src/memory/index.ts";

const test = suite("memory codec");

test("it carries what structuredClone carries, and shares nothing", () => {
  const value: Record<string, unknown> = {
    date: new Date(0),
    map: new Map([["a", new Set([1])]]),
    big: 2n ** 64n,
    bytes: new Uint8Array([1, 2, 3]),
    missing: undefined,
    nothing: Number.NaN,
  };
  value.self = value;

  const read = memoryCodec.decode(memoryCodec.encode(value)) as typeof value;

  assert.deepEqual(read, value);
  assert.notEqual(read, value);
  assert.equal(read.self, read);
});

test("an id of any kind stands in the reply as it was", () => {
  const { envelope } = memoryCodec;
  for (const id of [18446744073709551615n, "text", null, { n: 1 }]) {
    const body = envelope?.writeReply({ method: "Say.Hello", id }, {}) ?? "";
    assert.deepEqual(envelope?.readReply(body).id, id);
  }
});

test("what cannot be cloned is not written", () => {
  assert.throws(() => memoryCodec.encode({ run: () => {} }), /could not be cloned/);
});

test.run();
