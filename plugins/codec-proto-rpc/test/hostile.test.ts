import { suite } from "uvu";
import * as assert from "uvu/assert";
import { blocks, codec, envelope, fault, hex, make } from "./support/codec.ts";
import { Everything, Request, Response } from "./support/schemas.ts";

const test = suite("hostile input");

const malformed = "malformed message";
const head = hex("0a09 5361792e48656c6c6f 11 0000000000000000");
const none = hex("");

for (const [what, body, expected] of [
  ["no body", none, malformed],
  ["half a length", hex("0000"), malformed],
  ["a length of 4 GiB", hex("ffffffff"), malformed],
  ["a length of 2 GiB", hex("80000000 00"), malformed],
  ["a length that is one too long", hex("00000001"), malformed],
  ["no second block", hex("00000000"), malformed],
  ["a second length of 4 GiB", hex("00000000 ffffffff"), malformed],
  ["a second block that is cut", hex("00000000 00000002 00"), malformed],
  ["a byte behind the second block", hex("00000000 00000000 00"), malformed],
  ["two messages in one body", Buffer.concat([blocks(head, none), blocks(head, none)]), malformed],
  ["an HTTP response", Buffer.from("HTTP/1.1 404 Not Found\r\n\r\n"), "not a micro frame"],
  ["a page of HTML", Buffer.from("<html><body>404</body></html>"), "not a micro frame"],
  ["what go-micro says of an unknown content type", Buffer.from("Unsupported Content-Type: x/y"), "not a micro frame"],
  ["JSON-RPC", Buffer.from('{"method":"Say.Hello","params":[{}],"id":0}\n'), "not a micro frame"],
  ["a head that ends in a tag", blocks(hex("0a"), none), malformed],
  ["a head with a varint that never ends", blocks(hex(`0a${"ff".repeat(20)}`), none), malformed],
  ["a text longer than the head", blocks(hex("0a05 41"), none), malformed],
  ["a text of 4 GiB", blocks(hex("0a ffffffff0f"), none), malformed],
  ["a text of 32 GiB", blocks(hex("0a ffffffff7f"), none), malformed],
  ["an id that is cut", blocks(hex("11 00000000"), none), malformed],
  ["an id that is a text", blocks(hex("12 01 61"), none), "read"],
  ["field 0", blocks(hex("02 00"), none), malformed],
  ["a group that never ends", blocks(hex("1b"), none), malformed],
  ["the end of a group that never began", blocks(hex("1c"), none), malformed],
  ["groups in groups", blocks(hex("1b".repeat(100_000)), none), "nesting too deep"],
  ["an unknown varint that never ends", blocks(hex(`20${"ff".repeat(11)}01`), none), malformed],
  ["an unknown text that is cut", blocks(hex("22 05 00"), none), malformed],
  ["a method that is not UTF-8", blocks(hex("0a 02 c328"), none), "text is not UTF-8"],
  ["a long method that is not UTF-8", blocks(hex(`0a 64 ${"41".repeat(99)}c3`), none), "text is not UTF-8"],
] as const) {
  test(`${what} is the caller's fault in a request, and the peer's in a reply`, () => {
    if (expected === "read") {
      assert.is(envelope.readRequest(body).method, "");
      return;
    }
    assert.is(
      fault(() => envelope.readRequest(body)),
      `400 ${expected}`,
    );
    assert.is(
      fault(() => envelope.readReply(body)),
      `502 invalid response: ${expected}`,
    );
  });
}

test("a method with control characters is refused", () => {
  assert.is(
    fault(() => envelope.readRequest(blocks(hex("0a 03 410a42"), none))),
    "400 the method must not have control characters",
  );
});

test("fields of an envelope that nobody knows are passed over, and of one that comes twice the last counts", () => {
  const body = blocks(hex("2005 2901020304050607 08 32 0161 3d01020304 0a0141 0a0142"), none);

  assert.is(envelope.readRequest(body).method, "B");
});

for (const [what, digits, expected] of [
  ["a varint that is cut", "10 80", malformed],
  ["a varint of eleven bytes", `10 ${"80".repeat(10)}01`, malformed],
  ["a text longer than the body", "0a 05 61", malformed],
  ["a text of 4 GiB", "0a ffffffff0f", malformed],
  ["a varint where a text must be", "08 05", malformed],
  ["a text where a varint must be", "12 01 05", malformed],
  ["field 0", "02 00", malformed],
  ["wire type 7", "0f", malformed],
  ["a group that never ends", "1b", malformed],
  ["the end of a group that never began", "1c", malformed],
  ["a text that is not UTF-8", "0a 02 c328", "text is not UTF-8"],
  ["half an emoji", "0a 03 eda080", "text is not UTF-8"],
  ["an overlong slash", "0a 02 c0af", "text is not UTF-8"],
  ["a long text that is not UTF-8", `0a 64 ${"41".repeat(99)}c3`, "text is not UTF-8"],
  ["unknown groups in groups", "1b".repeat(100_000), "nesting too deep"],
] as const) {
  test(`${what} in a value is refused`, () => {
    const body = blocks(head, hex(digits));

    assert.is(
      fault(() => codec.decode(hex(digits), Request)),
      `400 ${expected}`,
    );
    assert.is(
      fault(() => envelope.value(envelope.readRequest(body).payload, Request)),
      `400 ${expected}`,
    );
  });
}

for (const [what, digits] of [
  ["a field that runs over the end of its message", "aa01 02 72 01 61"],
  ["a message that runs over the end of its message", "aa01 03 aa01 05 72 03 616263"],
  ["a map entry that runs over its end", "ca01 02 0a 03 616263"],
  ["a map value of another kind", "ca01 04 0a 00 10 05"],
  ["packed varints of which the last is cut", "b201 02 01 80"],
  ["packed text", "12 01 61"],
  ["a float that is written as a varint", "10 05"],
  ["a text that is written as a varint, behind a message", "aa01 00 70 01 61"],
  ["a group in the place of a message", "ab01 ac01"],
] as const) {
  test(`${what} is refused, as Go does`, () => {
    assert.is(
      fault(() => codec.decode(hex(digits), Everything)),
      `400 ${malformed}`,
    );
  });
}

test("repeated numbers are read packed and one by one, whatever the schema has", () => {
  const expected = make(Everything, { manyLongs: [1n, 300n] });

  assert.equal(codec.decode(hex("b201 03 01ac02"), Everything), expected);
  assert.equal(codec.decode(hex("b001 01 b001 ac02"), Everything), expected);
});

test("groups that nobody knows are passed over", () => {
  assert.equal(codec.decode(hex("1b 23 2d 01020304 24 2801 1c 0a0161"), Request), make(Request, { name: "a" }));
});

test("a byte order mark and a NUL in a text are text", () => {
  assert.equal(codec.decode(hex("0a 04 efbbbf00"), Request), make(Request, { name: "\ufeff\u0000" }));
});

test("a message may nest 100 deep, and not deeper", () => {
  // a_child is field 21.
  const nested = (depth: number) => {
    let body: Buffer = Buffer.alloc(0);
    for (let level = 1; level < depth; level++)
      body = Buffer.concat([Buffer.from([0xaa, 0x01]), varint(body.length), body]);
    return body;
  };

  assert.ok(codec.decode(nested(100), Everything));
  assert.is(
    fault(() => codec.decode(nested(101), Everything)),
    "400 nesting too deep",
  );
  assert.is(
    fault(() => codec.decode(nested(10_000), Everything)),
    "400 nesting too deep",
  );
});

test("a map entry for __proto__ is data", () => {
  const entry = "120e 0a09 5f5f70726f746f5f5f 1201 61";
  const read = codec.decode(hex(entry), Response) as { metadata: Record<string, string> };

  assert.equal(Object.entries(read.metadata), [["__proto__", "a"]]);
  assert.is(({} as { a?: unknown }).a, undefined);
});

test("lengths of gigabytes cost no memory", () => {
  const before = process.memoryUsage().rss;

  for (let round = 0; round < 1000; round++) {
    fault(() => envelope.readRequest(hex("7fffffff 00")));
    fault(() => codec.decode(hex("7a ffffffff07"), Everything));
    fault(() => codec.decode(hex("b201 ffffffff07"), Everything));
  }

  assert.ok(process.memoryUsage().rss - before < 32 * 2 ** 20);
});

test("four million unknown fields are not kept", () => {
  const body = Buffer.alloc(4 * 2 ** 20);
  for (let at = 0; at < body.length; at += 2) body[at] = 0x38;

  assert.equal(codec.decode(body, Request), make(Request));
});

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}

test.run();
