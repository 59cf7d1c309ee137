import { suite } from "uvu";
import * as assert from "uvu/assert";
import { envelope, fault, request } from "./support/codec.ts";

const test = suite("reading a request");

const hello = { method: "Say.Hello", id: 0, value: { name: "John" } };

test("the line feed at the end may be missing, and white space may stand anywhere", () => {
  assert.equal(request('{"method":"Say.Hello","params":[{"name":"John"}],"id":0}'), hello);
  assert.equal(request(' {\n "method" : "Say.Hello",\t"params" : [ {"name":"John"} ] , "id" : 0 }\r\n\n'), hello);
});

test("members may stand in any order, and those that nobody asked for are passed over", () => {
  assert.equal(request('{"jsonrpc":"2.0","id":0,"params":[{"name":"John"}],"x":[[1]],"method":"Say.Hello"}'), hello);
});

test("names match in any case, the exact one first and else the last", () => {
  assert.equal(request('{"Method":"Say.Hello","PARAMS":[{"name":"John"}],"Id":0}'), hello);
  assert.is(request('{"METHOD":"a.b","Method":"Say.Hello","params":[],"id":0}').method, "Say.Hello");
  assert.is(request('{"method":"Say.Hello","METHOD":"a.b","params":[],"id":0}').method, "Say.Hello");
});

test("of a member that comes twice the last one counts", () => {
  assert.equal(
    request('{"method":"a.b","params":[1],"id":5,"method":"Say.Hello","params":[{"name":"John"}],"id":0}'),
    hello,
  );
  assert.equal(request('{"method":"a.b","params":[1],"id":5,"params":[2],"id":6}').value, 2);
  assert.is(
    request('{"id":12345678901234567890,"method":"a.b","params":[],"id":18446744073709551615}').id,
    18446744073709551615n,
  );
});

test("the method may be written with escapes", () => {
  assert.is(request('{"method":"Say\\u002eHello","params":[],"id":0}').method, "Say.Hello");
  assert.is(request('{"method":"Grüße.Sag","params":[],"id":0}').method, "Grüße.Sag");
});

test("an empty array, or a null in it, is the empty value", () => {
  assert.equal(request('{"method":"Say.Hello","params":[],"id":0}').value, {});
  assert.equal(request('{"method":"Say.Hello","params":[null],"id":0}').value, {});
});

test("only the first element of params counts", () => {
  assert.is(request('{"method":"Say.Hello","params":[1,2,3],"id":0}').value, 1);
});

for (const [id, read] of [
  ["0", 0],
  ["9007199254740991", 9007199254740991],
  ["9007199254740993", 9007199254740993n],
  ["12345678901234567890", 12345678901234567890n],
  ["18446744073709551615", 18446744073709551615n],
  ["-9223372036854775808", -9223372036854775808n],
  ["-1", -1],
  ['"abc"', "abc"],
  ['"\\"\\n"', '"\n'],
  ["null", null],
] as const) {
  test(`the id ${id} is echoed as it came`, () => {
    const { id: found } = request(`{"method":"Say.Hello","params":[{}],"id":${id}}\n`);

    assert.is(found, read);
    assert.is(envelope.writeReply({ method: "", id: found }, {}), `{"id":${id},"result":{},"error":null}\n`);
    assert.is(envelope.writeError({ method: "", id: found }, "no"), `{"id":${id},"result":{},"error":"no"}\n`);
  });
}

test("the id stands where it stands: not in a value, not in a string, not under another name", () => {
  const decoys = '"a":"\\"id\\":1","b":{"id":2},"idx":3,"params":[{"id":12345678901234567000}]';

  assert.is(request(`{${decoys},"id" : 12345678901234567891 ,"method":"a.b","z":{"id":4}}`).id, 12345678901234567891n);
  assert.is(request(`{${decoys},"i\\u0064":12345678901234567891,"method":"a.b"}`).id, 12345678901234567891n);
});

test("a missing id is null in the reply", () => {
  const { id } = request('{"method":"Say.Hello","params":[{}]}');

  assert.is(envelope.writeReply({ method: "", id }, {}), '{"id":null,"result":{},"error":null}\n');
});

const badId = '400 "id" must be an integer of at most 64 bits, a string or null';
const badParams = '400 "params" must be an array with the request as its element';
const badMethod = '400 "method" must be a string';

for (const [body, expected] of [
  ['{"method":"a.b","params":[{}],"id":{}}', badId],
  ['{"method":"a.b","params":[{}],"id":[0]}', badId],
  ['{"method":"a.b","params":[{}],"id":true}', badId],
  ['{"method":"a.b","params":[{}],"id":0.5}', badId],
  ['{"method":"a.b","params":[{}],"id":1e400}', badId],
  ['{"method":"a.b","params":[{}],"id":18446744073709551616}', badId],
  ['{"method":"a.b","params":[{}],"id":-9223372036854775809}', badId],
  [`{"method":"a.b","params":[{}],"id":${"9".repeat(10_000)}}`, badId],
  ['{"method":"a.b","id":0}', badParams],
  ['{"method":"a.b","params":null,"id":0}', badParams],
  ['{"method":"a.b","params":{"name":"John"},"id":0}', badParams],
  ['{"method":"a.b","params":"John","id":0}', badParams],
  ['{"params":[{}],"id":0}', badMethod],
  ['{"method":null,"params":[{}],"id":0}', badMethod],
  ['{"method":1,"params":[{}],"id":0}', badMethod],
  ['{"method":"a\\nb","params":[{}],"id":0}', '400 "method" must not have control characters'],
  ['{"method":"a\x7fb","params":[{}],"id":0}', '400 "method" must not have control characters'],
  ['{"method":"a\nb","params":[{}],"id":0}', "400 malformed JSON"],
  ['[{"method":"a.b","params":[{}],"id":0}]', "400 a request must be an object; batches are not supported"],
  ["[]", "400 a request must be an object; batches are not supported"],
  ['"Say.Hello"', "400 a request must be an object"],
  ["null", "400 a request must be an object"],
  ["", "400 malformed JSON"],
  ['{"method":"a.b","params":[{}],"id":0}\n{"method":"a.b","params":[{}],"id":1}\n', "400 malformed JSON"],
  ['{"method":"a.b","params":[{}],"id":0}}', "400 malformed JSON"],
  ['{"method":"a.b","params":[{}],"id":0} x', "400 malformed JSON"],
  ['{"method":"a.b","params":[{}],"id":00}', "400 malformed JSON"],
  ['{"method":"a.b","params":[{}],"id":}', "400 malformed JSON"],
  ['{"method":"a.b","params":[{},],"id":0}', "400 malformed JSON"],
] as const) {
  test(`${JSON.stringify(body.slice(0, 80))} is answered with: ${expected}`, () => {
    assert.is(
      fault(() => envelope.readRequest(body)),
      expected,
    );
  });
}

test("a value that closes its brackets itself is not taken for two members", () => {
  assert.is(request('{"method":"a.b","params":[1],"x":[2],"id":0}').value, 1);
  assert.is(request('{"method":"a.b","params":[1],"id":7,"x":[2],"id":0}').id, 0);
  assert.is(request('{"method":"a.b","params":["],\\"id\\":9}"],"id":0}').value, '],"id":9}');
});

test.run();
