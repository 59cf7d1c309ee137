import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkJson } from "../../page/src/forms/check-json.ts";
import { prettyText } from "../../page/src/forms/pretty-json.ts";
import { quoteLongNumbers } from "../../page/src/forms/quote-long-numbers.ts";

const test = suite("JSON in the page's forms");

const faultOf = (text: string): string => {
  const { fault } = checkJson(text);
  return fault === undefined ? "" : `${fault.line}:${fault.column} ${fault.message}`;
};

test("what is JSON is read as JSON.parse reads it", () => {
  const texts = [
    '{"a":[1,-2.5e3,true,null,"\\u00e9\\n"],"b":{}}',
    " [ ] ",
    '"a"',
    "0",
    '{"__proto__":{"x":1}}',
    '"\u007f"',
  ];
  for (const text of texts) assert.equal(checkJson(text).value, JSON.parse(text), text);
});

test("what is none is told with its place", () => {
  assert.is(faultOf('{\n  "a": 1\n  "b": 2\n}'), '3:3 expected "," or the end of it, found "b"');
  assert.is(faultOf('{"a": }'), "1:7 expected a value, found }");
  assert.is(faultOf("{a: 1}"), '1:2 expected a name in quotes, or "}", found a');
  assert.is(faultOf('{"a":1,}'), "1:8 expected a name in quotes, found }");
  assert.is(faultOf("[1,]"), "1:4 expected a value, found ]");
  assert.is(faultOf("[1}"), '1:3 expected "," or the end of it, found }');
  assert.is(faultOf('{"a" 1}'), '1:6 expected ":", found 1');
  assert.is(faultOf('["a'), "1:2 a text without a closing quote, or with a wrong escape");
  assert.is(faultOf('["\\x"]'), "1:2 a text without a closing quote, or with a wrong escape");
  assert.is(faultOf("[1,"), "1:4 expected a value, but it ends here");
  assert.is(faultOf("[01]"), '1:2 expected a value, or "]", found 01');
  assert.is(faultOf("{} {}"), "1:4 expected the end, found {");
  assert.is(faultOf("['a']"), "1:2 expected a value, or \"]\", found 'a'");
  assert.match(faultOf("[".repeat(70) + "]".repeat(70)), "nests deeper than 62");
});

test("every mistake that JSON.parse sees is seen, and no other one", () => {
  const alphabet = ["{", "}", "[", "]", ",", ":", '"a"', "1", "-", "true", "nul", " ", "\n", '"', "\\", ".5"];
  let seed = 1;
  const next = (below: number): number => {
    seed = (seed * 48271) % 2147483647;
    return seed % below;
  };
  for (let round = 0; round < 3000; round++) {
    const text = Array.from({ length: 1 + next(7) }, () => alphabet[next(alphabet.length)]).join("");
    let isJson = true;
    try {
      JSON.parse(text);
    } catch {
      isJson = false;
    }
    assert.is(checkJson(text).fault === undefined, isJson, JSON.stringify(text));
  }
});

test("a number that would be rounded is a mistake, and its text is none", () => {
  assert.match(faultOf('{"id": 9007199254740993}'), "1:8 9007199254740993 would be rounded");
  assert.match(faultOf("1e999"), "would be rounded");
  assert.is(faultOf('{"id": "9007199254740993", "n": 9007199254740991, "pi": 3.14}'), "");
});

test("what was captured is laid out with every digit, though it was cut", () => {
  assert.is(
    prettyText('{"id":9007199254740993,"a":[],"b":[1,{"c":null}]}'),
    [
      "{",
      '  "id": 9007199254740993,',
      '  "a": [],',
      '  "b": [',
      "    1,",
      "    {",
      '      "c": null',
      "    }",
      "  ]",
      "}",
    ].join("\n"),
  );
  assert.is(prettyText('{"a":"begi'), '{\n  "a": "begi');
  assert.is(prettyText("}]"), "}\n]");
  assert.is(prettyText("no JSON <b>"), "noJSON<b>");
});

test("captured numbers that are too long are put into quotes", () => {
  assert.is(
    quoteLongNumbers('{"a":-9007199254740993,"b":12,"c":"9007199254740993"}'),
    '{"a":"-9007199254740993","b":12,"c":"9007199254740993"}',
  );
});

test.run();
