import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hasWord, parseFilter, toggleWord } from "../../page/src/calls/call-filter.ts";
import { callSummary } from "../support/call-summary.ts";

const test = suite("the filter of the calls");

const calls = [
  callSummary("a", { service: "go.orders", method: "Orders.Place", ms: 120, code: 402, error: "card declined" }),
  callSummary("b", { service: "go.prices", method: "Prices.Watch", kind: "stream", ms: 1500, caller: "go.orders" }),
  callSummary("c", { service: "topic.orders", method: "topic.orders", kind: "publish", ms: 2 }),
];
const found = (text: string): string =>
  calls
    .filter(parseFilter(text).matches)
    .map(({ id }) => id)
    .join("");

test("words are looked for in service, method, caller and error", () => {
  assert.equal(["", "ORDERS", "declined", "prices watch", "nothing"].map(found), ["abc", "abc", "a", "b", ""]);
});

test("words with a meaning mean it, and a dash turns any word around", () => {
  assert.is(found("is:error"), "a");
  assert.is(found("-is:error"), "bc");
  assert.is(found(">100ms"), "ab");
  assert.is(found(">1.4s kind:stream"), "b");
  assert.is(found("caller:orders"), "b");
  assert.is(found("service:orders -topic"), "a");
  assert.is(found("code:402"), "a");
  assert.is(found("kind:nothing"), "");
  assert.is(found("-"), "");
});

test("words that mean nothing are told, and find everything", () => {
  assert.equal(parseFilter("is:slow color:red orders").unknown, ["is:slow", "color:red"]);
  assert.is(found("color:red"), "abc");
});

test("buttons change the words of the filter", () => {
  assert.is(toggleWord("orders", "is:error"), "orders is:error");
  assert.is(toggleWord("orders is:error", "is:error"), "orders");
  assert.ok(hasWord("a  b", "b"));
});

test.run();
