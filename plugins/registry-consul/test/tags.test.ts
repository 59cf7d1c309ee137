import assert from "node:assert/strict";
import { deflateSync, inflateSync } from "node:zlib";
import { suite } from "uvu";
import { createStats } from "../src/stats.ts";
import { decodeTags, encodeTags, type NodeTags } from "../src/tags.ts";
import { hello } from "./support/records.ts";

const test = suite("tags");
const limit = 65_536;

test("a node is written as one tag for each pair of metadata and each endpoint, then its version", () => {
  const tags = encodeTags({ version: "1.0.0", endpoints: [hello], metadata: { transport: "http", zone: "a" } }, limit);

  assert.deepEqual(tags.map(plainTag), [
    't-{"transport":"http"}',
    't-{"zone":"a"}',
    `e-${JSON.stringify(hello)}`,
    "v-1.0.0",
  ]);
  assert.equal(tags.at(-1), "v-789c33d433d033000002ce00ee", "the bytes that go-micro's readers are documented with");
});

test("what was written is read", () => {
  const given = { version: "", endpoints: [hello], metadata: JSON.parse('{"__proto__":"a","b":"grüße 🎉"}') };

  const read = decode(encodeTags(given, limit));

  assert.equal(JSON.stringify(read), JSON.stringify(given));
});

test("the older form, plain text after an equals sign, is read as well", () => {
  const read = decode(['t={"a":"b"}', `e=${JSON.stringify(hello)}`, "v=2"]);

  assert.deepEqual(read, { version: "2", endpoints: [hello], metadata: { a: "b" } });
});

test("of metadata and endpoints the form that comes first counts, of versions the first tag", () => {
  const read = decode(['t={"a":"old"}', tag("t", '{"a":"new"}'), "v=1", "v=2"]);

  assert.deepEqual(read, { version: "1", endpoints: [], metadata: { a: "old" } });
});

test("tags of others are passed over, also one that is only a letter", () => {
  const stats = createStats();

  const read = decodeTags(["t", "e", "v", "", "traefik.enable", "tee", "x-1", 7, null, "v=1"], limit, stats);

  assert.deepEqual(read, { version: "1", endpoints: [], metadata: {} });
  assert.equal(stats.badTag, 0);
});

test("a tag that cannot be read is passed over and counted, and the rest counts", () => {
  const stats = createStats();
  const values = nested(1500);
  const bad = ["t-zz", "t-7", "t-", "t-00ff", tag("t", "[1]"), tag("t", '{"a":1}'), tag("e", "null"), tag("e", values)];

  const read = decodeTags([...bad, tag("t", '{"good":"yes"}'), "v=1"], limit, stats);

  assert.deepEqual(read, { version: "1", endpoints: [], metadata: { good: "yes" } });
  assert.equal(stats.badTag, bad.length);
});

test("a node without a version is none of ours, and one whose version cannot be read is bad", () => {
  assert.equal(decode([tag("t", '{"a":"b"}')]), "foreign");
  assert.equal(decode(["v-zz"]), "badNode");
});

test("a tag that inflates beyond the limit is not inflated further", () => {
  const bomb = `t-${deflateSync(Buffer.alloc(64 * 1024 * 1024)).toString("hex")}`;

  assert.equal(decode([bomb, "v=1"]), "tagTooBig");
  assert.equal(decode([`t=${"a".repeat(1024 * 1024)}`, "v=1"]), "tagTooBig");
  assert.ok(inflateSync(Buffer.from(bomb.slice(2), "hex")).length > limit, "without the limit it would be");
});

test("an endpoint that is too long loses its shapes, metadata that is too long is refused", () => {
  const values = Array.from({ length: 3000 }, (_, index) => ({ name: `field${index}`, type: "string", values: null }));
  const request = { name: "Request", type: "Request", values };

  const read = decode(
    encodeTags({ version: "1", endpoints: [{ ...hello, request }], metadata: {} }, limit),
  ) as NodeTags;

  assert.deepEqual(read.endpoints, [{ ...hello, request: null, response: null }]);
  assert.throws(() => encodeTags({ version: "1", endpoints: [], metadata: { a: "b".repeat(limit) } }, limit), {
    code: 400,
    message: /metadata "a" is longer than 65536 bytes/,
  });
});

function decode(tags: readonly string[]): ReturnType<typeof decodeTags> {
  return decodeTags(tags, limit, createStats());
}

function tag(kind: string, text: string): string {
  return `${kind}-${deflateSync(text).toString("hex")}`;
}

function plainTag(text: string): string {
  return text.slice(0, 2) + inflateSync(Buffer.from(text.slice(2), "hex")).toString();
}

function nested(depth: number): string {
  const shape = `${'{"name":"a","type":"b","values":['.repeat(depth)}${"]}".repeat(depth)}`;
  return `{"name":"A.B","request":${shape},"response":null,"metadata":null}`;
}

test.run();
