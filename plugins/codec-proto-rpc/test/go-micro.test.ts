import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { codec, envelope, hex, make, reply, request } from "./support/codec.ts";
import { Count, Item, Request, Response } from "./support/schemas.ts";

const test = suite("the bytes of go-micro");

const of2016 = fixture<{ requests: string[]; replies: string[] }>("go-micro-2016.json");
const of118 = fixture<{ requests: string[]; replies: string[] }>("go-micro-1.18.json");

for (const digits of of2016.requests) {
  const { method } = envelope.readRequest(hex(digits));
  test(`a request of 2016 for ${method} is read, and written again byte for byte: ${digits}`, () => {
    const schema = method === "Say.Stream" ? Count : Request;
    const { id, value } = request(hex(digits), schema);

    assert.equal(value, schema === Count ? make(Count, { count: 2n }) : make(Request, { name: "John" }));
    assert.is(toHex(envelope.writeRequest(method, id as number, value, schema)), digits);
  });
}

for (const digits of of2016.replies) {
  test(`a reply of 2016 is read, and written again byte for byte: ${digits}`, () => {
    const method = envelope.readRequest(hex(digits)).method;
    const schema = method === "Say.Stream" ? Item : Response;
    const { id, error, value } = reply(hex(digits), schema);

    const head = { method, id };
    const again = error === undefined ? envelope.writeReply(head, value, schema) : envelope.writeError(head, error);
    assert.is(toHex(again), digits);
  });
}

for (const [kind, bodies, schemas] of [
  ["request", of118.requests, [Request, Count]],
  ["reply", of118.replies, [Response, Item]],
] as const) {
  for (const [index, digits] of bodies.entries()) {
    test(`the bare value of a ${kind} of 1.18 is read, and written again byte for byte: ${digits}`, () => {
      const schema = schemas[index];

      assert.is(toHex(codec.encode(codec.decode(hex(digits), schema), schema)), digits);
    });
  }
}

test("the request, the reply and the end of a stream are written exactly so", () => {
  const head = { method: "Say.Hello", id: 0 };

  assert.is(
    toHex(envelope.writeRequest("Say.Hello", 0, { name: "John" }, Request)),
    "00000014 0a095361792e48656c6c6f 110000000000000000 00000006 0a044a6f686e".replaceAll(" ", ""),
  );
  assert.is(
    toHex(envelope.writeReply(head, { msg: "Hello John" }, Response)),
    "00000016 0a095361792e48656c6c6f 110000000000000000 1a00 0000000c 0a0a48656c6c6f204a6f686e".replaceAll(" ", ""),
  );
  assert.is(
    toHex(envelope.writeError(head, "EOS")),
    "00000019 0a095361792e48656c6c6f 110000000000000000 1a03454f53 00000000".replaceAll(" ", ""),
  );
});

test("the values of the replies of 2016 are what its server answered", () => {
  const [hello = "", fail = "", empty = "", item = "", end = ""] = of2016.replies;

  assert.is((reply(hex(hello), Response).value as { msg: string }).msg, "Hello John");
  assert.is((reply(hex(hello), Response).value as { metadata: Record<string, string> }).metadata["X-User-Id"], "john");
  assert.match(String(reply(hex(fail), Response).error), /^\{"id":"go\.micro\.srv\.greeter","code":404,/);
  assert.equal(reply(hex(fail), Response).value, make(Response));
  assert.equal(reply(hex(empty), Item), { id: 1, error: undefined, value: make(Item) });
  assert.equal(reply(hex(item), Item), { id: 1, error: undefined, value: make(Item, { n: 1n }) });
  assert.is(reply(hex(end), Item).error, "EOS");
});

test("an error without a text is still an error", () => {
  assert.is(reply(envelope.writeError({ method: "Say.Hello", id: 0 }, "")).error, "unspecified error");
});

test("a later peer leaves out what is zero or empty", () => {
  assert.equal(request(hex("0000000b 0a095361792e48656c6c6f 00000000"), Request), {
    method: "Say.Hello",
    id: 0,
    value: make(Request),
  });
  assert.equal(reply(hex("00000000 00000000"), Response), { id: 0, error: undefined, value: make(Response) });
});

function toHex(body: string | Uint8Array): string {
  return Buffer.from(body as Uint8Array).toString("hex");
}

function fixture<Content>(name: string): Content {
  return JSON.parse(readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8")) as Content;
}

test.run();
