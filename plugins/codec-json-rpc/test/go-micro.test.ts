import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { codec, envelope, reply, request } from "./support/codec.ts";

const test = suite("the bytes of go-micro");

const of2016 = fixture<{ requests: string[]; replies: string[] }>("go-micro-2016.json");
const of118 = fixture<{ values: string[] }>("go-micro-1.18.json");

for (const body of of2016.requests) {
  test(`a request of 2016 is read, and written again byte for byte: ${body.trim()}`, () => {
    const { method, id, value } = request(body);

    assert.is(envelope.writeRequest(method, id as number, value), body);
    assert.equal(request(Buffer.from(body)), { method, id, value });
  });
}

for (const body of of2016.replies) {
  test(`a reply of 2016 is read, and written again byte for byte: ${body.trim()}`, () => {
    const { id, error, value } = reply(body);
    const head = { method: "Say.Hello", id };

    assert.is(error === undefined ? envelope.writeReply(head, value) : envelope.writeError(head, error), body);
    assert.equal(reply(Buffer.from(body)), { id, error, value });
  });
}

for (const body of of118.values) {
  test(`a bare value of 1.18 is read, and written again byte for byte: ${body.trim()}`, () => {
    assert.is(codec.encode(codec.decode(body)), body);
    assert.equal(codec.decode(Buffer.from(body)), JSON.parse(body));
  });
}

test("the request, the reply and the error of go-micro's documentation are written exactly so", () => {
  const head = { method: "Say.Hello", id: 0 };

  assert.is(
    envelope.writeRequest("Say.Hello", 0, { name: "John" }),
    '{"method":"Say.Hello","params":[{"name":"John"}],"id":0}\n',
  );
  assert.is(envelope.writeReply(head, { msg: "Hello John" }), '{"id":0,"result":{"msg":"Hello John"},"error":null}\n');
  assert.is(envelope.writeError(head, "EOS"), '{"id":0,"result":{},"error":"EOS"}\n');
});

test("what Go's encoder escapes for HTML is read as the characters themselves", () => {
  const escaped = '{"text":"\\u003ca href\\u003d1\\u003e \\u0026 \\u2028\\u2029"}';

  assert.equal(request(requestBody(escaped)).value, { text: "<a href=1> & \u2028\u2029" });
  assert.equal(request(requestBody('{"text":"<a href=1> & \u2028\u2029"}')).value, {
    text: "<a href=1> & \u2028\u2029",
  });
});

test("a server of 1.18 answers with a text as the id and a null as the result of an error", () => {
  assert.equal(reply('{"id":"0","result":{"msg":"Hi"},"error":null}\n'), {
    id: "0",
    error: undefined,
    value: { msg: "Hi" },
  });
  assert.equal(reply('{"id":"","result":null,"error":"boom"}\n'), { id: "", error: "boom", value: {} });
});

test("a client of 1.18 sends a text as the id and gets it back", () => {
  const { method, id } = request('{"method":"Say.Hello","params":[{"name":"John"}],"id":"7"}\n');

  assert.is(envelope.writeReply({ method, id }, {}), '{"id":"7","result":{},"error":null}\n');
});

function requestBody(value: string): string {
  return `{"method":"Say.Hello","params":[${value}],"id":0}\n`;
}

function fixture<Content>(name: string): Content {
  return JSON.parse(readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8")) as Content;
}

test.run();
