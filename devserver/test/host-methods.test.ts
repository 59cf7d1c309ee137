import { bidi, clientStream, defineService, method, serverStream } from "@micro/kernel";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as avro from "../../plugins/codec-avro/test/support/types.ts";
import { Everything, Request } from "../../plugins/codec-proto-rpc/test/support/schemas.ts";
import { type InputShape, inputShape } from "../src/host/input-shape.ts";
import { describeMethods } from "../src/host/methods.ts";

const test = suite("what is told of methods");

test("each method has its kind, whether it is idempotent, and the shape of what it takes", () => {
  const items = (given: AsyncIterable<unknown>) => given;
  const service = defineService({
    name: "a",
    handlers: {
      Say: {
        Hello: method({ input: Request, idempotent: true }, async () => ({})),
        Count: serverStream(async function* () {}),
        async *Tick() {},
        Sum: clientStream(async (_items: AsyncIterable<unknown>) => ({})),
        Echo: method({ input: Request }, bidi(items)),
      },
      Other: { Plain: () => ({}) },
    },
  });
  const shape = inputShape(Request);
  assert.equal(describeMethods(service), [
    { name: "Say.Hello", kind: "unary", idempotent: true, input: shape },
    { name: "Say.Count", kind: "serverStream", idempotent: false, input: null },
    { name: "Say.Tick", kind: "serverStream", idempotent: false, input: null },
    { name: "Say.Sum", kind: "clientStream", idempotent: false, input: null },
    { name: "Say.Echo", kind: "bidi", idempotent: false, input: shape },
    { name: "Other.Plain", kind: "unary", idempotent: false, input: null },
  ]);
  assert.is(describeMethods(service), describeMethods(service));
  assert.equal(describeMethods(defineService({ name: "b" })), []);
});

const plain = (shape: unknown): InputShape => JSON.parse(JSON.stringify(shape)) as InputShape;

test("a message of protobuf is told by the names that it has in JSON", () => {
  assert.equal(plain(inputShape(Request)), {
    title: "greeter.Request",
    type: "object",
    properties: { name: { type: "string" }, delay_ms: { type: "integer", format: "int64" } },
  });

  const { properties = {}, oneofs } = plain(inputShape(Everything));
  assert.equal(properties.a_double, { type: "number" });
  assert.equal(properties.a_float, { type: "number", format: "float" });
  assert.equal(properties.a_uint32, { type: "integer", format: "uint32" });
  assert.equal(properties.a_fixed64, { type: "integer", format: "uint64" });
  assert.equal(properties.an_sfixed32, { type: "integer", format: "int32" });
  assert.equal(properties.a_bool, { type: "boolean" });
  assert.equal(properties.a_bytes, { type: "string", format: "base64" });
  assert.equal(properties.a_color, { title: "test.Color", type: "string", enum: ["UNKNOWN", "RED", "BLUE"] });
  assert.equal(properties.a_child, { title: "test.Everything", isAbridged: true });
  assert.equal(properties.many_strings, { type: "array", items: { type: "string" } });
  assert.equal(properties.by_number, { type: "object", additionalProperties: { type: "string" } });
  assert.equal(oneofs, [["chosen_text", "chosen_child", "chosen_long", "chosen_bytes"]]);
  // As a member, and not as what the object inherits.
  assert.ok(Object.keys(properties).includes("__proto__"));
});

test("a type of Avro is told by what it takes, and what has no default is required", () => {
  const { properties = {}, required = [] } = plain(inputShape(avro.Everything));
  assert.equal(properties.long, { type: "integer", format: "int64" });
  assert.equal(properties.fixed, { type: "string", format: "base64" });
  assert.equal(properties.color, { title: "Color", type: "string", enum: ["RED", "BLUE"] });
  assert.equal(properties.map, { type: "object", additionalProperties: { type: "string" } });
  assert.equal(properties.maybe, { anyOf: [{ type: "null" }, { type: "string" }] });
  assert.equal(properties.when, { type: "integer", format: "int64" });
  assert.ok(required.includes("text") && !required.includes("maybe"));

  // Named branches, as two of them are numbers.
  assert.equal(plain(inputShape(avro.Wrapped)).items?.anyOf?.slice(0, 2), [
    { type: "null" },
    { type: "object", properties: { int: { type: "integer", format: "int32" } }, required: ["int"] },
  ]);
  assert.equal(plain(inputShape(avro.List)).properties?.next?.anyOf?.[1], { title: "List", isAbridged: true });
});

test("a type within itself ends, and so does one that is large, deep, or only looks like one", () => {
  interface Wide {
    readonly kind: "message";
    readonly typeName: string;
    readonly fields: unknown[];
    readonly oneofs: unknown[];
  }
  const wide = (depth: number): Wide => ({
    kind: "message",
    typeName: "x".repeat(10_000),
    fields: Array.from({ length: 20 }, (_, at) => ({
      name: at === 0 ? "y".repeat(10_000) : `f${at}`,
      fieldKind: "message",
      message: depth === 0 ? undefined : wide(depth - 1),
      scalar: 9,
    })),
    oneofs: [],
  });
  const text = JSON.stringify(inputShape(wide(3)));
  assert.ok(text.length < 64 * 1024, `${text.length}`);
  assert.ok(text.includes('"isAbridged":true'));

  let deep: Wide = wide(0);
  for (let depth = 0; depth < 1000; depth++) {
    deep = { ...wide(0), typeName: "deep", fields: [{ name: "in", fieldKind: "message", message: deep }] };
  }
  assert.ok(JSON.stringify(inputShape(deep)).length < 4096);

  const throws = {
    kind: "message",
    typeName: "x",
    get fields(): never {
      throw new Error("no");
    },
  };
  for (const none of [undefined, null, 1, "x", {}, [], { kind: "message", typeName: "x" }, throws]) {
    assert.is(inputShape(none), null);
  }
});

test.run();
