import { suite } from "uvu";
import * as assert from "uvu/assert";
import { printable, printableLines, toJson, toJsonLine } from "../src/printable.ts";

const test = suite("printable text");

test("a line of others' text has no control characters, C0, DEL or C1", () => {
  assert.is(printable("a\u001b[31mb\r\n\tc\u007f\u0085\u009bd\u0000é"), "a[31mbcdé");
});

test("text of several lines keeps its newlines and tabs", () => {
  assert.is(printableLines("a\n\tb\r\u001b]0;x\u0007\u009d"), "a\n\tb]0;x");
});

test("JSON is indented with tabs and escapes what a terminal would obey", () => {
  const value = { text: "\u001b\u009b\u007f", list: [1] };

  const json = toJson(value);

  assert.is(json, '{\n\t"text": "\\u001b\\u009b\\u007f",\n\t"list": [\n\t\t1\n\t]\n}');
  assert.equal(JSON.parse(json), value);
});

test("no value is an empty object", () => {
  assert.is(toJson(undefined), "{}");
  assert.is(toJson(null), "{}");
  assert.is(toJson(0), "0");
});

test("a line of JSON has no line within it, and no value is null", () => {
  assert.is(toJsonLine({ text: "a\nb\u2028\u009b", list: [1] }), '{"text":"a\\nb\u2028\\u009b","list":[1]}');
  assert.is(toJsonLine(undefined), "null");
});

test("bytes are base64 in JSON, and bigints are their digits", () => {
  assert.is(
    toJsonLine({ bytes: new Uint8Array([1, 255]), id: 2n ** 63n }),
    '{"bytes":"Af8=","id":"9223372036854775808"}',
  );
});

test.run();
