import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { suite } from "uvu";
import { decodeText, encodeText, type NodeText } from "../src/text-codec.ts";
import { numRuns } from "./support/num-runs.ts";

const test = suite("the text of a node");
const limits = { textBytes: 8192, inflatedBytes: 65_536 };

test("a text that go-micro 0.1 announced is read", () => {
  const announced =
    "789c1ccc318e03210c05d0bbfc1a7100f75b6e1529bd039f040901b23d694673f728695ef94edc68ef5e0841acdd8bfccc4f238386843bcdfb9a10b4965f113b3f6c692dea8184bf59f7ea331c328f3112fe195a351472c2590efbce4d8713d7f5090000ffff6df626bf";

  assert.deepEqual(decodeText([Buffer.from(announced)], limits), {
    service: "topic:topic.greeter",
    version: "ff.http.broadcast",
    endpoints: [],
    metadata: { secure: "false" },
  });
});

test("it is written as JSON in zlib in lower-case digits, in strings of at most 255", () => {
  const strings = encodeText(nodeText({ metadata: { noise: noise(2000) } }));

  assert.ok(strings.length > 1);
  assert.ok(strings.slice(0, -1).every((string) => string.length === 255));
  assert.match(Buffer.concat(strings).toString(), /^789c[\da-f]*$/);
});

test("what was written is read back", () => {
  fc.assert(
    fc.property(anyNodeText(), (text) => {
      const read = decodeText(encodeText(text), { textBytes: 1e9, inflatedBytes: 1e9 });
      assert.deepEqual(read, JSON.parse(JSON.stringify(text)));
    }),
    { numRuns },
  );
});

test("null stands for nothing, as Go writes empty lists and maps", () => {
  const strings = textOf({ Service: "a", Version: "1", Endpoints: null, Metadata: null });

  assert.deepEqual(decodeText(strings, limits), nodeText({ service: "a", version: "1" }));
});

test("members that are not known are passed over", () => {
  const strings = textOf({ Service: "a", Version: "1", Later: { than: 2016 } });

  assert.deepEqual(decodeText(strings, limits), nodeText({ service: "a", version: "1" }));
});

test("the names of what every object inherits are plain metadata", () => {
  const strings = [hex(deflateSync('{"Service":"a","Version":"1","Metadata":{"__proto__":"x","constructor":"y"}}'))];

  const read = decodeText(strings, limits) as NodeText;

  assert.deepEqual(Object.keys(read.metadata), ["__proto__", "constructor"]);
  assert.equal(Object.getPrototypeOf(read.metadata), Object.prototype);
});

const refused: readonly (readonly [string, readonly Uint8Array[], string])[] = [
  ["nothing", [], "badText"],
  ["an empty string", [Buffer.alloc(0)], "badText"],
  ["no digits", [Buffer.from("zz")], "badText"],
  ["half a byte", [Buffer.from("789")], "badText"],
  ["digits with something behind", [Buffer.concat([...encodeText(nodeText()), Buffer.from("  ")])], "badText"],
  ["no zlib", [Buffer.from("00112233")], "badText"],
  ["zlib cut short", [hex(deflateSync("{}").subarray(0, -5))], "badText"],
  ["no JSON", [hex(deflateSync("{"))], "badText"],
  ["JSON that is no object", [hex(deflateSync("[]"))], "badText"],
  ["a service that is no text", textOf({ Service: 1, Version: "1" }), "badText"],
  ["no version", textOf({ Service: "a" }), "badText"],
  ["metadata that is no text", textOf({ Service: "a", Version: "1", Metadata: { a: 1 } }), "badText"],
  ["endpoints that are no list", textOf({ Service: "a", Version: "1", Endpoints: {} }), "badText"],
  ["an endpoint that is null", textOf({ Service: "a", Version: "1", Endpoints: [null] }), "badText"],
  ["8193 digits", [Buffer.alloc(8193, "0")], "textTooBig"],
  ["a megabyte in few digits", [hex(deflateSync(Buffer.alloc(1_000_000, " ")))], "textTooBig"],
  ["shapes too deep to look at", textOf({ Service: "a", Version: "1", Endpoints: [deep(17)] }), "textTooBig"],
  ["JSON too deep to read", [hex(deflateSync("[".repeat(60_000)))], "badText"],
];

for (const [what, strings, fault] of refused) {
  test(`${what} is refused`, () => {
    assert.equal(decodeText(strings, limits), fault);
  });
}

test("no bytes make the reader throw", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 255 })), (strings) => {
      decodeText(strings, limits);
    }),
    { numRuns },
  );
});

test("no zlib stream makes the reader throw", () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
      decodeText([hex(deflateSync(text))], limits);
    }),
    { numRuns },
  );
});

test("no change of a true text makes the reader throw", () => {
  const digits = Buffer.concat(encodeText(nodeText({ metadata: { noise: noise(300) } })));
  fc.assert(
    fc.property(fc.nat(digits.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
      const changed = Buffer.from(digits);
      changed[at] = byte;
      decodeText([changed], limits);
    }),
    { numRuns },
  );
});

function nodeText(more: Partial<NodeText> = {}): NodeText {
  return { service: "test", version: "1.0.0", endpoints: [], metadata: {}, ...more };
}

function anyNodeText(): fc.Arbitrary<NodeText> {
  const map = fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true });
  const { value } = fc.letrec((tie) => ({
    value: fc.record({
      name: fc.string(),
      type: fc.string(),
      values: fc.option(fc.array(tie("value"), { maxLength: 2, depthIdentifier: "value" }), { maxDepth: 3 }),
    }),
  }));
  const shape = fc.option(value as fc.Arbitrary<NodeText["endpoints"][number]["request"]>);
  const endpoint = fc.record({ name: fc.string(), request: shape, response: shape, metadata: map });
  return fc.record({
    service: fc.string(),
    version: fc.string(),
    endpoints: fc.array(endpoint, { maxLength: 3 }),
    metadata: map,
  }) as fc.Arbitrary<NodeText>;
}

function deep(levels: number): unknown {
  let value: unknown = null;
  for (let level = 0; level < levels; level++)
    value = { name: "a", type: "b", values: value === null ? null : [value] };
  return { name: "Say.Hello", request: value, response: null, metadata: null };
}

function textOf(value: unknown): readonly Uint8Array[] {
  return [hex(deflateSync(JSON.stringify(value)))];
}

function hex(bytes: Uint8Array): Buffer {
  return Buffer.from(Buffer.from(bytes).toString("hex"));
}

/** Letters that do not compress to nothing. */
function noise(length: number): string {
  let state = 1;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return String.fromCharCode(97 + ((state >>> 24) % 26));
  }).join("");
}

test.run();
