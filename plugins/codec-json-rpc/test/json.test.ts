import { suite } from "uvu";
import * as assert from "uvu/assert";
import { codec, fault, reply, replyAround, request, requestAround } from "./support/codec.ts";

const test = suite("the JSON that is read");

/** Texts that are one JSON value, and the value. */
const valid: readonly (readonly [text: string, value: unknown])[] = [
  ["0", 0],
  ["-0", -0],
  ["-0.0e-0", -0],
  ["10.25", 10.25],
  ["1E+2", 100],
  ["1e-2", 0.01],
  ["1e400", Number.POSITIVE_INFINITY],
  ["123456789012345678901234567890", 1.2345678901234568e29],
  ["true", true],
  ["false", false],
  ['""', ""],
  ['"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\/\b\f\n\r\t'],
  ['"\\u0000\\u001F"', "\u0000\u001f"],
  ['"\\uD83D\\uDE00 \\ud83d\\ude00 😀"', "😀 😀 😀"],
  ['"\x7f\u0080\u2028\uffff"', "\x7f\u0080\u2028\uffff"],
  ['"\\\\ud800"', "\\ud800"],
  ["[]", []],
  ["[[],{}]", [[], {}]],
  ["[1 ,\t2\r,\n3]", [1, 2, 3]],
  ["{}", {}],
  ['{"":0}', { "": 0 }],
  ['{"a":1,"a":2}', { a: 2 }],
  ['{"a":{"b":1},"a":{"c":1}}', { a: { c: 1 } }],
  ['{"1":"b","0":"a"}', { 0: "a", 1: "b" }],
];

for (const [text, value] of valid) {
  test(`${JSON.stringify(text)} is read, bare and in an envelope`, () => {
    assert.equal(codec.decode(text), value);
    assert.equal(codec.decode(` \t\r\n${text} \t\r\n`), value);
    assert.equal(codec.decode(Buffer.from(text)), value);
    assert.equal(request(requestAround(text)).value, value);
    assert.equal(reply(replyAround(text)).value, value);
  });
}

/** Texts that are not one JSON value. */
// biome-ignore format: a table
const invalid: readonly string[] = [
  "-", "+1", "01", "-01", "1.", ".5", "1.e1", "1e", "1e+", "0x10", "1_000", "NaN", "Infinity", "-Infinity", "1 2", "1,",
  "True", "nul", "nulll", "undefined", "'a'", '"', '"a', '"\\"', '"\\x41"', '"\\u12"', '"\\u12G4"', '"\\a"', '"\t"',
  '"\n"', '"\u0000"', '"\u001f"', "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1:2]", "[}", "{", "}", "{]", "{1:2}",
  "{a:1}", "{'a':1}", '{"a"}', '{"a":}', '{"a":1,}', '{"a":1 "b":2}', '{"a"=1}', '{,"a":1}', '{"a":1}}', "{}{}", "[]]",
  "1//c", "/**/1", "#1", "\u00a01", "\u20281", "1\u0000", "1\f", "1\v", "\ufeff\ufeff1", "1\ufeff", "()", "=1",
];

for (const text of invalid) {
  test(`${JSON.stringify(text)} is a 400, bare and in an envelope, and a 502 in a reply`, () => {
    assert.is(
      fault(() => codec.decode(text)),
      "400 malformed JSON",
    );
    assert.is(
      fault(() => codec.decode(Buffer.from(text))),
      "400 malformed JSON",
    );
    assert.is(
      fault(() => reply(replyAround(text))),
      "502 invalid response: malformed JSON",
    );
    // `1,` and `1 2` aside, which are one thing between brackets and another alone.
    const inRequest = requestAround(text);
    if (!isJson(inRequest))
      assert.is(
        fault(() => request(inRequest)),
        "400 malformed JSON",
      );
  });
}

test("an empty body is the empty value, one of white space is none", () => {
  assert.equal(codec.decode(""), {});
  assert.equal(codec.decode(new Uint8Array(0)), {});
  assert.is(
    fault(() => codec.decode(" \n")),
    "400 malformed JSON",
  );
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test.run();
