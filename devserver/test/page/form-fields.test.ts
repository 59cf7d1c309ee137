import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Draft, type DraftGroup, emptyDraft, fillIn } from "../../page/src/forms/draft.ts";
import { draftOf } from "../../page/src/forms/draft-of.ts";
import { type Field, fieldOfGoShape, fieldOfShape } from "../../page/src/forms/field.ts";
import { fieldText } from "../../page/src/forms/field-text.ts";
import { timeoutOf } from "../../page/src/forms/timeout-of.ts";
import type { InputShape } from "../../src/host/input-shape.ts";

const test = suite("the fields of the page's forms");

const shape: InputShape = {
  type: "object",
  title: "shop.Order",
  properties: {
    name: { type: "string" },
    id: { type: "integer", format: "uint64" },
    count: { type: "integer", format: "int32" },
    paid: { type: "boolean" },
    photo: { type: "string", format: "base64" },
    state: { type: "string", enum: ["OPEN", "DONE"] },
    tags: { type: "array", items: { type: "string" } },
    prices: { type: "object", additionalProperties: { type: "number" } },
    buyer: { type: "object", properties: { mail: { type: "string" } }, required: ["mail"] },
    note: { anyOf: [{ type: "null" }, { type: "string" }] },
    extra: {},
  },
  required: ["count"],
  oneofs: [["photo", "state"]],
};
const order = fieldOfShape(shape);
const members = (entries: Readonly<Record<string, Draft>>): DraftGroup => ({
  members: new Map(Object.entries(entries)),
});
const problemsOf = (draft: Draft, field: Field = order): Record<string, string> =>
  Object.fromEntries(fillIn(field, draft).problems);

test("a schema becomes fields, and what is filled in becomes its JSON", () => {
  const draft = members({
    name: "John",
    id: "18446744073709551615",
    count: "3",
    paid: "true",
    photo: "AQI=",
    tags: {
      entries: [
        ["", "a"],
        ["", ""],
      ],
    },
    prices: { entries: [["tea", "7.5"]] },
    buyer: members({ mail: "" }),
    note: "n",
    extra: '{"a":[1]}',
  });
  assert.equal(fillIn(order, draft), {
    value: {
      ...{ name: "John", id: "18446744073709551615", count: 3, paid: true, photo: "AQI=", tags: ["a", ""] },
      ...{ prices: { tea: 7.5 }, buyer: { mail: "" }, note: "n", extra: { a: [1] } },
    },
    problems: new Map(),
  });
});

test("what is empty is left out, unless it has to be there", () => {
  assert.equal(fillIn(order, members({ count: "0", name: "", tags: undefined })).value, { count: 0 });
  assert.equal(problemsOf(emptyDraft(order)), { count: "a value is needed here" });
});

test("mistakes are told where they are", () => {
  const draft = members({
    id: "18446744073709551616",
    count: "1.5",
    photo: "not base64",
    state: "GONE",
    prices: {
      entries: [
        ["tea", "x"],
        ["tea", "1"],
      ],
    },
    extra: "{",
  });
  assert.equal(problemsOf(draft), {
    id: "it does not fit into 64 bits",
    count: "a whole number, please",
    photo: "base64, please: letters, digits, + and /, padded with =",
    state: "one of the list, please",
    "prices[0]": "a number, please",
    "prices[1]": "this name stands here twice",
    extra: 'line 1, column 2: expected a name in quotes, or "}", but it ends here',
  });
  assert.equal(problemsOf(members({ count: "1", photo: "AQI=", state: "OPEN" })), {
    state: "only one of this and photo may be there",
  });
});

test("64-bit numbers arrive to the last digit, or are not sent", () => {
  const long = "-9223372036854775808";
  assert.is(fillIn({ kind: "int64", longAsText: true }, long).value, long);
  assert.is(fillIn({ kind: "int64", longAsText: true }, "42").value, 42);
  assert.match(problemsOf(long, { kind: "int64", longAsText: false })[""] ?? "", "would be rounded");
});

test("members may have any names", () => {
  const field = fieldOfShape({ type: "object", properties: { ["__proto__"]: { type: "string" } } });
  assert.is(JSON.stringify(fillIn(field, members({ ["__proto__"]: "x" })).value), '{"__proto__":"x"}');
});

test("JSON becomes a form, unless it has what the form has not", () => {
  const value = { name: "John", id: "18446744073709551615", count: 3, tags: ["a"], prices: { tea: 7.5 }, extra: [1] };
  assert.equal(fillIn(order, draftOf(order, value)).value, value);
  assert.throws(() => draftOf(order, { nmae: "John" }), /the form has no field for nmae/);
  assert.throws(() => draftOf(order, { tags: "a" }), /tags is not a list/);
  assert.throws(() => draftOf(order, { count: "3" }), /count is not a integer/);
  assert.throws(() => draftOf(order, []), /it is not an object/);
});

test("a shape of go-micro becomes fields, without those of the generator", () => {
  const field = fieldOfGoShape({
    name: "Request",
    type: "Request",
    values: [
      { name: "name", type: "string", values: null },
      { name: "ids", type: "[]int64", values: [{ name: "", type: "int64", values: null }] },
      { name: "raw", type: "[]uint8", values: null },
      { name: "inner", type: "Inner", values: [{ name: "ok", type: "bool", values: null }] },
      { name: "labels", type: "", values: null },
      { name: "XXX_sizecache", type: "int32", values: null },
    ],
  });
  assert.is(
    fieldText(field),
    "{\n  name?: string\n  ids?: int64[]\n  raw?: bytes\n  inner?: {\n    ok?: boolean\n  }\n  labels?: anything\n}",
  );
});

test("what is too deep or says nothing is JSON", () => {
  let deep: InputShape = { type: "string" };
  for (let level = 0; level < 50; level++) deep = { type: "object", properties: { inner: deep } };
  assert.match(fieldText(fieldOfShape(deep)), "inner?: anything");
  assert.equal(fieldOfShape(null), { kind: "json" });
  assert.equal(fieldOfGoShape({ name: "R", type: "R", values: [] }), { kind: "json" });
});

test("a timeout has a unit, or is in milliseconds", () => {
  assert.equal(["", "500", "500ms", "2s", "1 m", "1.5s"].map(timeoutOf), [undefined, 500, 500, 2000, 60_000, 1500]);
  for (const text of ["0", "-1", "61s", "2h", "soon", "1e3"]) assert.ok(Number.isNaN(timeoutOf(text)), text);
});

test.run();
