import { suite } from "uvu";
import * as assert from "uvu/assert";
import { envelope, fault, reply } from "./support/codec.ts";

const test = suite("reading a reply");

test("a null or an absent error is a success", () => {
  const success = { id: 0, error: undefined, value: { msg: "Hi" } };

  assert.equal(reply('{"id":0,"result":{"msg":"Hi"},"error":null}\n'), success);
  assert.equal(reply('{"id":0,"result":{"msg":"Hi"}}'), success);
  assert.equal(reply('{"error":null,"RESULT":{"msg":"Hi"},"jsonrpc":"2.0","id":0}'), success);
});

test("a null or an absent result is the empty value", () => {
  assert.equal(reply('{"id":0,"result":null,"error":null}\n').value, {});
  assert.equal(reply('{"id":0,"error":null}').value, {});
  assert.equal(reply("{}"), { id: null, error: undefined, value: {} });
});

test("a string is an error, and an empty one is unspecified", () => {
  assert.is(reply('{"id":0,"result":{},"error":"EOS"}\n').error, "EOS");
  assert.is(reply('{"id":0,"result":{"msg":"Hi"},"error":""}\n').error, "unspecified error");
});

test("the value of an error is empty", () => {
  assert.equal(reply('{"id":0,"result":{"msg":"Hi"},"error":"boom"}\n').value, {});
});

test("ids are numbers, texts or null", () => {
  assert.is(reply('{"id":12345678901234567890,"result":{},"error":null}\n').id, 12345678901234567890n);
  assert.is(reply('{"id":123456789012345,"result":{},"error":null}\n').id, 123456789012345);
  assert.is(reply('{"id":"7","result":{},"error":null}\n').id, "7");
  assert.is(reply('{"id":null,"result":{},"error":null}\n').id, null);
});

for (const [body, expected] of [
  ['{"id":0,"result":{},"error":{"code":-32601,"message":"x"}}', '"error" must be a string or null'],
  ['{"id":0,"result":{},"error":false}', '"error" must be a string or null'],
  ['{"id":{},"result":{},"error":null}', '"id" must be an integer of at most 64 bits, a string or null'],
  ['[{"id":0,"result":{},"error":null}]', "a reply must be an object; batches are not supported"],
  ["7", "a reply must be an object"],
  ["", "malformed JSON"],
  ["<html>", "malformed JSON"],
  ['{"id":0,"result":{},"error":null}{}', "malformed JSON"],
  ['{"id":0,"result":,"error":null}\n', "malformed JSON"],
  ['{"id":-,"result":{},"error":null}\n', "malformed JSON"],
  ['{"id":00,"result":{},"error":null}\n', "malformed JSON"],
  [',"error":null}\n', "malformed JSON"],
] as const) {
  test(`${JSON.stringify(body)} is the peer's fault: ${expected}`, () => {
    assert.is(
      fault(() => envelope.readReply(body)),
      `502 invalid response: ${expected}`,
    );
  });
}

test.run();
