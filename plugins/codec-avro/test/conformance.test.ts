import { testCodec } from "@micro/kernel/testing";
import avsc from "avsc";
import { suite } from "uvu";
import { avroCodec } from "../src/index.ts";
import { hex, plain } from "./support/codec.ts";
import { Greeting, Wrapped } from "./support/types.ts";

const test = suite("the contract of codecs");

const Tree = avsc.Type.forSchema({
  type: "record",
  name: "Tree",
  fields: [
    { name: "label", type: ["null", "string"] },
    { name: "children", type: { type: "array", items: "Tree" } },
    { name: "weights", type: { type: "map", values: "double" } },
  ],
});
const leaf = { label: "grüße 世界 🎉 \u0000", children: [], weights: { constructor: 5e-324, "": -1e300 } };

// The kit compares members, and avsc gives its records a class: what was read is taken back to plain objects.
const plainCodec = {
  ...avroCodec,
  decode: (...args: Parameters<typeof avroCodec.decode>) => plain(avroCodec.decode(...args)),
};

testCodec({
  test,
  factory: () => plainCodec,
  schema: Greeting,
  samples: [
    { value: { name: "John", times: 5 } },
    { value: { name: "John" }, expected: { name: "John", times: 0 } },
    { value: {}, expected: { name: "", times: 0 } },
    { value: { label: null, children: [leaf, leaf], weights: {} }, schema: Tree },
    { value: [null, { int: 1 }, { double: 0.5 }], schema: Wrapped },
  ],
  hostile: [
    hex("01"),
    hex("ffffffffffffffffff01 00"),
    hex("80808080808080808080 01"),
    hex("04 c328 00"),
    hex("00 00 00"),
    hex("feffffff0f 00"),
  ],
  supports: { envelope: false },
});

test.run();
