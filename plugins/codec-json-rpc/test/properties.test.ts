import { inspect, isDeepStrictEqual } from "node:util";
import { MicroError } from "@micro/kernel";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readAnyReply, readGoReply } from "../src/read-reply.ts";
import { readAnyRequest, readGoRequest } from "../src/read-request.ts";
import { codec, envelope, reply, request } from "./support/codec.ts";

const test = suite("what holds for all input");

const runs = { numRuns: process.env.CI === "true" ? 10_000 : 1000 };

// JSON has no negative zero that JSON.stringify would write, and `null` is the empty value in an envelope.
const json = fc.jsonValue({ stringUnit: "grapheme" }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const method = fc.stringMatching(/^[A-Z][a-z]{0,8}\.[A-Za-z\\" ]{1,8}$/);

test("every JSON value comes back as it was, bare and in a request and in a reply, as text and as bytes", () => {
  fc.assert(
    fc.property(json, method, fc.maxSafeNat(), (value, name, id) => {
      const bare = codec.encode(value);
      const asked = envelope.writeRequest(name, id, value);
      const answered = envelope.writeReply({ method: name, id }, value);

      for (const form of [(body: unknown) => body as string, (body: unknown) => Buffer.from(body as string)]) {
        assertSame(codec.decode(form(bare)), value);
        assertSame(request(form(asked)), { method: name, id, value: value ?? {} });
        assertSame(reply(form(answered)), { id, error: undefined, value: value ?? {} });
      }
    }),
    runs,
  );
});

test("every error text comes back as it was", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (text) => {
      assert.is(reply(envelope.writeError({ method: "a.b", id: 0 }, text)).error, text);
    }),
    runs,
  );
});

test("whatever is written can be read, also strings that are no Unicode", () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
      codec.decode(codec.encode(value));
      codec.decode(Buffer.from(codec.encode({ value }) as string));
    }),
    runs,
  );
});

test("every id of 64 bits is echoed digit by digit", () => {
  const id64 = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: -(2n ** 63n), max: -1n }));

  fc.assert(
    fc.property(id64, fc.constantFrom("", " "), (id, space) => {
      const { id: read } = request(`{"method":"a.b","params":[{"id":1}],"id":${space}${id}}`);
      assert.is(envelope.writeReply({ method: "", id: read }, {}), `{"id":${id},"result":{},"error":null}\n`);
    }),
    runs,
  );
});

test("random text and bytes are read or are a 400 of the caller, a 502 of the peer, and nothing else", () => {
  const body = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.uint8Array(),
    fc.stringMatching(/^[{}[\]",:0-9a-z\\ ]{0,40}$/),
  );

  fc.assert(fc.property(body, expectOnlyFaults), runs);
});

test("a damaged message is read or is a 400 of the caller, a 502 of the peer, and nothing else", () => {
  const message = fc.oneof(
    json.map((value) => envelope.writeRequest("Say.Hello", 0, value) as string),
    json.map((value) => envelope.writeReply({ method: "", id: 0 }, value) as string),
  );
  const damaged = fc.tuple(message, fc.nat(), fc.nat({ max: 3 }), fc.uint8Array({ maxLength: 3 })).map(damage);

  fc.assert(fc.property(damaged, expectOnlyFaults), runs);
});

// Fragments with which a text can pretend to be an envelope, or the end of one.
// biome-ignore format: a table
const fragment = fc.constantFrom(
  '{"method":"', '"method":"a.b"', '","params":[', '"params":[1]', '],"id":', '],"id":7}', '"id":0', "}\n", "0", "12", "01",
  '{"id":', ',"result":', ',"error":null}', '"error":"x"', "{}", "[", "]", "{", "}", ",", '"', "\\", "\n", " ", "1", "null",
  '"a"', ":", "\\u0022", "\\ud800", "é",
);
const inner = fc.oneof(
  json.map((value) => JSON.stringify(value)),
  fc.array(fragment, { maxLength: 8 }).map((parts) => parts.join("")),
);

test("a request of Go's shape is read as the full parse reads it, whatever is inside", () => {
  const name = fc.oneof(method, fragment);
  const id = fc.oneof(fc.nat().map(String), fragment);

  fc.assert(
    fc.property(name, inner, id, fc.constantFrom("", "\n", "\n\n", " "), (named, value, id, end) => {
      const text = `{"method":"${named}","params":[${value}],"id":${id}}${end}`;
      const fast = readGoRequest(text);
      if (fast !== undefined) assertSame(fast, readAnyRequest(text));
    }),
    runs,
  );
});

test("a reply of Go's shape is read as the full parse reads it, whatever is inside", () => {
  const id = fc.oneof(fc.nat().map(String), fragment);

  fc.assert(
    fc.property(id, inner, fc.constantFrom("", "\n", "\n\n", " "), (id, value, end) => {
      const text = `{"id":${id},"result":${value},"error":null}${end}`;
      const fast = readGoReply(text);
      if (fast !== undefined) assertSame(fast, readAnyReply(text));
    }),
    runs,
  );
});

test("what Go writes takes the fast way", () => {
  fc.assert(
    fc.property(json, fc.nat(), (value, id) => {
      assert.ok(readGoRequest(envelope.writeRequest("Say.Hello", id, value) as string));
      assert.ok(readGoReply(envelope.writeReply({ method: "", id }, value) as string));
    }),
    runs,
  );
});

test("any concatenation of fragments is read the same way by both", () => {
  const text = fc.array(fragment, { maxLength: 20 }).map((parts) => parts.join(""));

  fc.assert(
    fc.property(text, (text) => {
      const asked = readGoRequest(text);
      if (asked !== undefined) assertSame(asked, readAnyRequest(text));
      const answered = readGoReply(text);
      if (answered !== undefined) assertSame(answered, readAnyReply(text));
    }),
    runs,
  );
});

// uvu's own comparison calls methods of what it compares, and these objects may have keys of the same names.
function assertSame(actual: unknown, expected: unknown): void {
  assert.ok(isDeepStrictEqual(actual, expected), `${inspect(actual)} is not ${inspect(expected)}`);
}

function expectOnlyFaults(body: string | Uint8Array): void {
  expectOnlyFault(400, () => request(body));
  expectOnlyFault(502, () => reply(body));
  expectOnlyFault(400, () => codec.decode(body));
}

function expectOnlyFault(code: number, read: () => unknown): void {
  try {
    read();
  } catch (error) {
    assert.ok(MicroError.is(error), String(error));
    assert.is((error as MicroError).code, code);
  }
}

function damage([text, position, remove, insert]: [string, number, number, Uint8Array]): string | Uint8Array {
  const bytes = Buffer.from(text);
  const at = position % bytes.length;
  const damaged = Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);
  return position % 2 === 0 ? damaged : damaged.toString("latin1");
}

test.run();
