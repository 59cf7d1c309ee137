import { defineService, type ServiceDefinition } from "@micro/kernel";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CallLog } from "../src/observe/call-log.ts";
import { cutBytes, jsonText } from "../src/observe/json-text.ts";
import { greeter, withObserved } from "./support/observed.ts";

const test = suite("captured calls");
const all = { maxBytes: 4096, redact: true };

test("values become the JSON that they are, bigints as digits and bytes as base64", () => {
  const value = {
    a: [1, "x", null, true, undefined],
    n: 12n,
    b: new Uint8Array([1, 2, 3]),
    d: new Date(0),
    u: undefined,
  };

  const { text, isCut, isRedacted } = jsonText(value, all);

  assert.is(text, '{"a":[1,"x",null,true,null],"n":12,"b":"AQID","d":"1970-01-01T00:00:00.000Z"}');
  assert.equal([isCut, isRedacted], [false, false]);
});

test("circles, depth, getters, proxies and toJSON that throw do no harm", () => {
  const circle: Record<string, unknown> = { again: 1 };
  circle.again = circle;
  let deep: unknown = 1;
  for (let level = 0; level < 100_000; level++) deep = [deep];
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const thrower = {
    get bad(): never {
      throw new Error("no");
    },
    toJSON: undefined,
  };
  const endless = { toJSON: (): unknown => endless };
  const failing = {
    toJSON(): never {
      throw new Error("no");
    },
  };

  assert.is(jsonText(circle, all).text, '{"again":"[circular]"}');
  assert.match(jsonText(deep, all).text, /^\[{32}"\[too deep\]"\]{32}$/);
  assert.is(jsonText([proxy, failing, endless], all).text, '["[unreadable]","[unreadable]","[circular]"]');
  assert.is(jsonText(thrower, all).text, '{"bad":"[unreadable]"}');
  assert.is(jsonText(Symbol("x"), all).text, "null");
});

test("what is long is cut at its bytes, without half a character and without reading the rest", () => {
  let reads = 0;
  const rows = Array.from({ length: 100_000 }, () => ({
    get row() {
      reads++;
      return "x".repeat(100);
    },
  }));

  for (const value of [rows, "é".repeat(1e6), new Uint8Array(1e6), { ["k".repeat(1e6)]: 1 }, "😀".repeat(5000)]) {
    const { text, isCut } = jsonText(value, all);
    assert.ok(isCut);
    assert.ok(Buffer.byteLength(text) <= 4096 && Buffer.byteLength(text) > 4090, `${Buffer.byteLength(text)}`);
    assert.not.match(text, /\ufffd/);
  }
  assert.ok(reads < 100);
  assert.is(cutBytes("aé", 2), "a");
});

test("members with names of secrets are left out, whatever their case, at every depth", () => {
  const names = ["Authorization", "COOKIE", "Set-Cookie", "x-api-token", "clientSecret", "my_password", "PasswordHash"];
  const value = {
    list: [Object.fromEntries(names.map((name) => [name, "hidden"]))],
    token_type: "shown",
    nextToken: "shown",
  };

  const { text, isRedacted } = jsonText(value, all);

  assert.not.match(text, /hidden/);
  assert.is(text.match(/shown/g)?.length, 2);
  assert.ok(isRedacted);
});

test("a secret's getter is not even called", () => {
  const value = {
    get password(): never {
      throw new Error("called");
    },
  };

  assert.is(jsonText(value, all).text, '{"password":"[redacted]"}');
});

test("request, response and metadata are kept without secrets", async () => {
  await withObserved({ services: [greeter] }, async ({ kernel, observer }) => {
    const metadata = { Authorization: "hidden", "X-Session-Token": "hidden", "X-User-Id": "7" };
    const input = { name: "John", password: "hidden" };
    await kernel.client.call("go.micro.srv.greeter", "Say.Hello", input, { metadata });

    const [call] = [...observer.calls.values()];
    assert.equal(
      { ...call?.metadata },
      { Authorization: "[redacted]", "X-Session-Token": "[redacted]", "X-User-Id": "7" },
    );
    assert.is(call?.request?.text, '{"name":"John","password":"[redacted]"}');
    assert.is(call?.response?.text, '{"msg":"Hello John"}');
    assert.not.match(JSON.stringify(call), /hidden/);
  });
});

test("a request is kept as it was before the handler changed it", async () => {
  const changing = defineService({
    name: "changing",
    handlers: {
      Changing: {
        Do: (input: { a: number }) => {
          input.a = 2;
          return input;
        },
      },
    },
  });
  await withObserved({ services: [changing] }, async ({ kernel, observer }) => {
    await kernel.client.call("changing", "Changing.Do", { a: 1 });

    const [call] = [...observer.calls.values()];
    assert.equal([call?.request?.text, call?.response?.text], ['{"a":1}', '{"a":2}']);
  });
});

test("switched off nothing is captured and everything is counted", async () => {
  await withObserved({ services: [greeter], options: { capture: false } }, async ({ kernel, observer }) => {
    await kernel.client.call("go.micro.srv.greeter", "Say.Hello", { name: "John" });
    assert.is(observer.calls.newest, 0);
    assert.is([...observer.traffic.values()][0]?.calls, 1);

    observer.calls.capturing = true;
    await kernel.client.call("go.micro.srv.greeter", "Say.Hello", { name: "John" });
    assert.is(observer.calls.newest, 1);
  });
});

test("the last calls are kept up to a number and an amount of memory, and so many are begun in a second", () => {
  const log = new CallLog(10, 50_000, true);
  let now = 0;
  const add = (id: string, request: unknown): void => {
    now += 1000;
    const head = { id, trace: id, parent: undefined, kind: "call", caller: "a", service: "b", method: "C.D" } as const;
    const call = log.begin(head, now, {}, request);
    if (call !== undefined) log.end(call, 1);
  };
  for (let call = 1; call <= 25; call++) add(`c${call}`, {});
  assert.equal(
    [...log.values()].map(({ id }) => id),
    Array.from({ length: 10 }, (_, at) => `c${16 + at}`),
  );
  add("c20", {});
  assert.is([...log.values()].length, 10);

  for (let call = 0; call < 10; call++) add(`large${call}`, "x".repeat(10_000));
  assert.is([...log.values()].length, 5);

  const head = {
    id: "x",
    trace: "x",
    parent: undefined,
    kind: "call",
    caller: "a",
    service: "b",
    method: "C.D",
  } as const;
  const begun = Array.from({ length: 20 }, () => log.begin(head, 999_000, {}, {}));
  assert.is(begun.filter((call) => call !== undefined).length, 10);
  assert.is(log.skipped, 10);
});

test("a thing that only looks like a promise does its work once", async () => {
  let runs = 0;
  const lazy = {
    name: "lazy",
    handlers: {
      Lazy: {
        // biome-ignore lint/suspicious/noThenProperty: such things come from query builders
        Run: () => ({ then: (resolve: (value: unknown) => void) => resolve({ runs: ++runs }) }),
      },
    },
  } as unknown as ServiceDefinition;
  await withObserved({ services: [lazy] }, async ({ observer, join }) => {
    await (await join()).client.call("lazy", "Lazy.Run");

    assert.is(runs, 1);
    assert.is([...observer.calls.values()][0]?.response?.text, '{"runs":1}');
  });
});

test.run();
