import { testCodec } from "@micro/kernel/testing";
import { suite } from "uvu";
import { protoRpcCodec } from "../src/index.ts";
import { blocks, hex, make } from "./support/codec.ts";
import { Everything, Request, Response } from "./support/schemas.ts";

const test = suite("the contract of codecs");

const everything = make(Everything, {
  aDouble: 0.1,
  anInt64: -(2n ** 63n),
  aUint64: 2n ** 64n - 1n,
  aBool: true,
  aString: "grüße 世界 🎉 \u0000",
  aBytes: Uint8Array.of(0, 255),
  aChild: make(Everything, { anInt32: -1 }),
  manyLongs: [0n, 1n],
  byName: { constructor: make(Everything), a: make(Everything, { aString: "b" }) },
  choice: { case: "chosenText", value: "" },
});

testCodec({
  test,
  factory: () => protoRpcCodec,
  schema: Request,
  samples: [
    { value: make(Request, { name: "John", delayMs: 5n }) },
    { value: { name: "John" }, expected: make(Request, { name: "John" }) },
    { value: {}, expected: make(Request) },
    {
      value: { msg: "Hi", metadata: { a: "b", "": "" } },
      schema: Response,
      expected: make(Response, { msg: "Hi", metadata: { a: "b", "": "" } }),
    },
    { value: everything, schema: Everything },
  ],
  hostile: [
    Buffer.from("Unsupported Content-Type: application/octet-stream"),
    Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"),
    hex("ffffffff"),
    hex("00000000 ffffffff"),
    hex("00000000 00000000 00"),
    blocks(hex("0a 02 c3 28"), hex("")),
    blocks(hex("0a 01 41 11 00"), hex("")),
    blocks(hex("0a 01 41"), hex("0a ff ff ff ff 0f")),
    hex("0b".repeat(100_000)),
  ],
  requests: [
    { body: blocks(hex("0a 03 412e42 11 ffffffffffffffff"), hex("")), method: "A.B", id: hex("11 ffffffffffffffff") },
    { body: blocks(hex("0a 03 412e42 11 0100000000002000"), hex("")), method: "A.B", id: hex("11 0100000000002000") },
    { body: blocks(hex("0a 03 412e42"), hex("")), method: "A.B", id: hex("11 0000000000000000") },
  ],
});

test.run();
