import { suite } from "uvu";
import * as assert from "uvu/assert";
import { RememberedInputs } from "../../page/src/forms/remembered-inputs.ts";
import { emptyLog, withItem } from "../../page/src/forms/stream-log.ts";

const test = suite("what the page's forms remember");

test("the last input of a method comes back, and of no other one", () => {
  const texts = new Map<string, string>();
  const inputs = new RememberedInputs({
    getItem: (name) => texts.get(name) ?? null,
    setItem: (name, text) => void texts.set(name, text),
  });
  inputs.set("a", "Say.Hello", { text: "{}", mode: "Form", timeout: "2s" });
  assert.equal(inputs.get("a", "Say.Hello"), { text: "{}", mode: "Form", timeout: "2s" });
  assert.is(inputs.get("a", "Say.Bye"), undefined);
  inputs.set("a", "Say.Bye", { text: "x".repeat(100_000), mode: "JSON", timeout: "" });
  assert.is(inputs.get("a", "Say.Bye"), undefined);
});

test("a store that holds something else, or refuses, does no harm", () => {
  const other = new RememberedInputs({ getItem: () => '{"text":5}', setItem() {} });
  assert.is(other.get("a", "b"), undefined);
  const refusing = new RememberedInputs({
    getItem() {
      throw new Error("forbidden");
    },
    setItem() {
      throw new Error("full");
    },
  });
  refusing.set("a", "b", { text: "", mode: "JSON", timeout: "" });
  assert.is(refusing.get("a", "b"), undefined);
});

test("a stream counts all items and keeps the last ones", () => {
  let log = emptyLog;
  for (let n = 0; n < 1000; n++) log = withItem(log, n % 4 === 0, String(n), n);
  assert.equal([log.sent, log.received, log.items.length], [250, 750, 200]);
  assert.equal(log.items.at(-1), { number: 1000, isSent: false, text: "999", afterMs: 999 });
});

test.run();
