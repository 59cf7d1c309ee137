import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Flag, type FlagValue, isSecret, shownText, shownValue } from "../src/index.ts";

const test = suite("what a listing shows of a value");

const description = "";
const text: Flag = { type: "string", description };
const shown = (flag: Flag, value: FlagValue): FlagValue => shownValue({ flag, value });

test("a secret is three stars, and one that is not given is nothing", () => {
  const secret: Flag = { type: "string", secret: true, description };
  assert.equal([shown(secret, "x"), shown(secret, "")], ["***", ""]);
  assert.equal([isSecret(secret), isSecret(text), isSecret({ type: "boolean", description })], [true, false, false]);
});

test("an address is shown without its password, or the token that stands alone, in lists too", () => {
  assert.is(shown(text, "nats://user:word@host:4222,nats://token@b"), "nats://user:***@host:4222,nats://***@b");
  assert.equal(shown({ type: "list", description }, ["http://a:b@c", "d@e"]), ["http://a:***@c", "d@e"]);
});

test("a duration is text, and what is empty a dash where people read it", () => {
  const duration: Flag = { type: "duration", default: "1s", description };
  assert.is(shown(duration, 90_000), "1m30s");
  assert.equal(
    [
      shownText({ flag: text, value: "" }),
      shownText({ flag: { type: "list", description }, value: [] }),
      shownText({ flag: duration, value: 0 }),
    ],
    ["-", "-", "0s"],
  );
});

test.run();
