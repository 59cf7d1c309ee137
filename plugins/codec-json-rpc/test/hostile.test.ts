import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  codec,
  envelope,
  fault,
  nested,
  reply,
  replyAround,
  request,
  requestAround,
  thrownBy,
} from "./support/codec.ts";

const test = suite("hostile input");

const tooDeep = "nesting too deep";
// More than the size up to which the parsed value is looked at instead of the text.
const padding = JSON.stringify("[{".repeat(40_000));

test("a value may nest 64 deep and not deeper, bare, in a request and in a reply", () => {
  for (const inner of ["", `"x"`, padding]) {
    assert.ok(codec.decode(nested(64, inner)));
    assert.ok(request(requestAround(nested(64, inner))));
    assert.ok(reply(replyAround(nested(64, inner))));
    assert.is(
      fault(() => codec.decode(nested(65, inner))),
      `400 ${tooDeep}`,
    );
    assert.is(
      fault(() => request(requestAround(nested(65, inner)))),
      `400 ${tooDeep}`,
    );
    assert.is(
      fault(() => reply(replyAround(nested(65, inner)))),
      `502 invalid response: ${tooDeep}`,
    );
  }
});

test("objects count as arrays do, in any place", () => {
  const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

  for (const filler of ["1", padding]) {
    assert.ok(codec.decode(`[${filler},${objects(63)}]`));
    assert.is(
      fault(() => codec.decode(`[${filler},${objects(64)}]`)),
      `400 ${tooDeep}`,
    );
  }
});

test("the depth is that of the value, however the envelope is written", () => {
  assert.ok(request(` ${requestAround(nested(64))}`));
  assert.is(
    fault(() => request(` ${requestAround(nested(65))}`)),
    `400 ${tooDeep}`,
  );
  assert.ok(reply(` ${replyAround(nested(64))}`));
  assert.is(
    fault(() => reply(` ${replyAround(nested(65))}`)),
    `502 invalid response: ${tooDeep}`,
  );
});

test("a hundred thousand and a million brackets are refused, closed or not", () => {
  for (const depth of [100_000, 1_000_000]) {
    assert.is(
      fault(() => codec.decode("[".repeat(depth))),
      `400 ${tooDeep}`,
    );
    assert.is(
      fault(() => codec.decode('{"a":'.repeat(depth))),
      `400 ${tooDeep}`,
    );
    assert.is(
      fault(() => request(requestAround(nested(depth)))),
      `400 ${tooDeep}`,
    );
    assert.is(
      fault(() => reply(replyAround(nested(depth)))),
      `502 invalid response: ${tooDeep}`,
    );
  }
});

test("brackets in strings do not count, whatever is escaped in them", () => {
  const text = JSON.stringify({ a: '\\"[[[['.repeat(20_000), b: "\\", "[{": ["\\\\", '"'] });

  assert.equal(codec.decode(text), JSON.parse(text));
  assert.ok(codec.decode(JSON.stringify([`"${"[".repeat(100)}`, padding])));
});

test("keys that name parts of a prototype stay plain data", () => {
  const text = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';

  for (const value of [codec.decode(text), request(requestAround(text)).value, reply(replyAround(text)).value]) {
    const object = value as Record<string, unknown>;
    assert.is(Object.getPrototypeOf(object), Object.prototype);
    assert.equal(Object.keys(object), ["__proto__", "constructor"]);
    assert.is(object.polluted, undefined);
  }
  assert.is(({} as Record<string, unknown>).polluted, undefined);
});

test("keys that name methods of every object stay plain data", () => {
  const text = '{"toString":1,"constructor":{"prototype":2},"hasOwnProperty":3,"__defineGetter__":4}';

  assert.is(JSON.stringify(codec.decode(text)), text);
  assert.is(JSON.stringify(request(requestAround(text)).value), text);
});

test("an envelope cannot take its members from a prototype", () => {
  const body = '{"__proto__":{"method":"a.b","params":[{}],"id":0}}';

  assert.is(
    fault(() => request(body)),
    '400 "method" must be a string',
  );
  assert.equal(reply('{"__proto__":{"error":"boom"},"id":0,"result":{}}').error, undefined);
});

test("bytes that are not UTF-8 are refused: cut, overlong, surrogates, stray", () => {
  for (const bytes of [[0xc3], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0x80], [0xff], [0xf5, 0x80, 0x80, 0x80]]) {
    const text = Buffer.concat([Buffer.from('"'), Buffer.from(bytes), Buffer.from('"')]);
    const [before, after] = requestAround("|").split("|") as [string, string];

    assert.is(
      fault(() => codec.decode(text)),
      "400 text is not UTF-8",
    );
    assert.is(
      fault(() => request(Buffer.concat([Buffer.from(before), text, Buffer.from(after)]))),
      "400 text is not UTF-8",
    );
    assert.is(
      fault(() => reply(text)),
      "502 invalid response: text is not UTF-8",
    );
  }
});

test("lone surrogates are refused, written as an escape or standing in a text", () => {
  for (const text of ['"\\ud800"', '"\\uDFFF"', '"\\ude00\\ud83d"', '{"\\ud800":1}', '[["a\\udc00"]]', '"\ud800"']) {
    assert.is(
      fault(() => codec.decode(text)),
      "400 text with lone surrogates",
      text,
    );
    assert.is(
      fault(() => request(requestAround(text))),
      "400 text with lone surrogates",
    );
    assert.is(
      fault(() => reply(replyAround(text))),
      "502 invalid response: text with lone surrogates",
    );
  }
});

test("one byte order mark may stand at the start", () => {
  for (const body of [requestAround("1"), ` ${requestAround("1")}`]) {
    assert.is(request(`\ufeff${body}`).value, 1);
    assert.is(request(Buffer.from(`\ufeff${body}`)).value, 1);
    assert.is(
      fault(() => request(`\ufeff\ufeff${body}`)),
      "400 malformed JSON",
    );
    assert.is(
      fault(() => request(Buffer.from(`\ufeff\ufeff${body}`))),
      "400 malformed JSON",
    );
  }
  assert.equal(codec.decode(Buffer.from("\ufeff{}")), {});
});

test("no error says a word of what was read", () => {
  for (const body of ['{"method":"s3cr3t', '{"s3cr3t":1}', '["s3cr3t"]', '"s3cr3t" s3cr3t', '{"id":{"s3cr3t":1}}']) {
    for (const read of [envelope.readRequest, envelope.readReply, codec.decode]) {
      const seen = describeFault(() => read(body));
      assert.not.match(seen, "s3cr3t");
    }
  }
});

function describeFault(run: () => unknown): string {
  try {
    run();
    return "";
  } catch {
    const error = thrownBy(run);
    return JSON.stringify(error) + String(error.stack) + String((error.cause as Error | undefined)?.stack);
  }
}

test.run();
