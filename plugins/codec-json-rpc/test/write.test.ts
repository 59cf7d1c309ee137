import { suite } from "uvu";
import * as assert from "uvu/assert";
import { codec, envelope, fault, reply, request, thrownBy } from "./support/codec.ts";

const test = suite("writing");

const head = { method: "Say.Hello", id: 0 };

test("what is not there is written as an empty value", () => {
  assert.is(codec.encode(undefined), "{}\n");
  assert.is(envelope.writeRequest("a.b", 0, undefined), '{"method":"a.b","params":[{}],"id":0}\n');
  assert.is(envelope.writeReply(head, undefined), '{"id":0,"result":{},"error":null}\n');
});

test("a null, or what becomes one, is never the result of a reply", () => {
  assert.is(envelope.writeReply(head, null), '{"id":0,"result":{},"error":null}\n');
  assert.is(envelope.writeReply(head, Number.NaN), '{"id":0,"result":{},"error":null}\n');
  assert.is(envelope.writeReply(head, { a: null }), '{"id":0,"result":{"a":null},"error":null}\n');
});

test("bigints become numbers, also beside strings that look like them", () => {
  const value = { id: 12345678901234567890n, list: [-1n, 0n], text: 'bigint 1" "7"', nested: { n: 5n } };

  assert.is(
    codec.encode(value),
    '{"id":12345678901234567890,"list":[-1,0],"text":"bigint 1\\" \\"7\\"","nested":{"n":5}}\n',
  );
  assert.is(codec.encode(7n), "7\n");
});

test("NaN and Infinity become null and dates their text, as JSON.stringify does it", () => {
  const value = { a: Number.NaN, b: -Infinity, c: new Date(0), d: undefined, e: [undefined] };

  assert.is(codec.encode(value), `${JSON.stringify(value)}\n`);
});

test("a method with quotes is escaped", () => {
  assert.is(request(envelope.writeRequest('a"\\.b', 3, 1)).method, 'a"\\.b');
});

test("a method is written the same way every time", () => {
  const long = "x".repeat(300);

  for (let round = 0; round < 3; round++) {
    assert.is(envelope.writeRequest("a.b", round, 1), `{"method":"a.b","params":[1],"id":${round}}\n`);
    assert.is(envelope.writeRequest(long, round, 1), `{"method":"${long}","params":[1],"id":${round}}\n`);
  }
});

test("an error text comes back whole", () => {
  const text = '{"id":"go.micro.srv.x","code":500,"detail":"a \\"b\\"\\n</script>","status":"Internal Server Error"}';

  assert.is(reply(envelope.writeError(head, text)).error, text);
});

test("lone surrogates are written as U+FFFD, pairs and texts that look like escapes as they are", () => {
  const value = { a: "cut \ud83d", b: "\ude00 cut", c: "😀", d: "\\ud800", "\udfff": 1 };

  assert.equal(codec.decode(codec.encode(value)), { a: "cut �", b: "� cut", c: "😀", d: "\\ud800", "�": 1 });
  assert.is(reply(envelope.writeError(head, "\ud83d")).error, "�");
});

test("a value with a cycle is a 500 that says so", () => {
  const cycle: Record<string, unknown> = { secret: "s3cr3t" };
  cycle.self = cycle;

  const expected = "500 a value cannot be written as JSON: it has a cycle";
  assert.is(
    fault(() => codec.encode(cycle)),
    expected,
  );
  assert.is(
    fault(() => envelope.writeRequest("a.b", 0, cycle)),
    expected,
  );
  assert.is(
    fault(() => envelope.writeReply(head, [1n, cycle])),
    expected,
  );
});

test("functions and symbols are a 500", () => {
  assert.is(
    fault(() => codec.encode(() => 1)),
    "500 a value cannot be written as JSON: it is a function",
  );
  assert.is(
    fault(() => codec.encode(Symbol("x"))),
    "500 a value cannot be written as JSON: it is a symbol",
  );
});

test("what nests too deep for the engine is a 500; engines after Node 20 have no such limit", () => {
  let deep: unknown = 1;
  for (let depth = 0; depth < 100_000; depth++) deep = [deep];

  if (engineWrites(deep)) assert.is(String(codec.encode(deep)).trimEnd().length, 200_001);
  else {
    assert.is(
      fault(() => codec.encode(deep)),
      "500 a value cannot be written as JSON: it nests too deep",
    );
  }
});

function engineWrites(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}

test("what a getter or toJSON throws is kept as the cause", () => {
  const failure = new RangeError("no such day");
  const typo = new TypeError("x is not a function");

  assert.is(thrownBy(() => codec.encode({ toJSON: () => throwing(new Error("not today")) })).code, 500);
  assert.is(thrownBy(() => codec.encode({ toJSON: () => throwing(failure) })).cause, failure);
  assert.is(
    fault(() => codec.encode({ toJSON: () => throwing(typo) })),
    "500 a value cannot be written as JSON: x is not a function",
  );
});

test("an id that is none is written as null", () => {
  for (const id of [undefined, {}, Number.NaN, Number.POSITIVE_INFINITY, true]) {
    assert.is(envelope.writeReply({ method: "", id }, {}), '{"id":null,"result":{},"error":null}\n');
  }
});

function throwing(error: Error): never {
  throw error;
}

test.run();
