import assert from "node:assert/strict";
import { suite } from "uvu";
import { eventually, leaks, within } from "../../src/testing/index.ts";

const test = suite("testing helpers");

test("within hands on what it waited for", async () => {
  assert.equal(await within(1000, "the answer", Promise.resolve(42)), 42);
  assert.equal(await within(1000, "the answer", () => 42), 42);
  assert.equal(await within(1000, "the answer", async () => 42), 42);
});

test("within hands on a failure as it is", async () => {
  const failure = new Error("it failed");

  await assert.rejects(within(1000, "the answer", Promise.reject(failure)), failure);
  await assert.rejects(
    within(1000, "the answer", () => {
      throw failure;
    }),
    failure,
  );
});

test("within says what did not happen in time", async () => {
  await assert.rejects(within(10, "the answer", new Promise(() => {})), /^Error: the answer: not within 10 ms$/);
});

test("within leaves no timer behind", async () => {
  const leaked = leaks();

  await within(60_000, "the answer", Promise.resolve());

  assert.deepEqual(await leaked(), []);
});

test("eventually asks until the answer is yes", async () => {
  let asked = 0;

  await eventually(1000, "the third answer", () => ++asked === 3);

  assert.equal(asked, 3);
});

test("eventually says what did not happen in time, also when the question hangs", async () => {
  await assert.rejects(
    eventually(20, "the answer", () => false),
    /the answer: not within 20 ms/,
  );
  await assert.rejects(
    eventually(20, "the answer", () => new Promise(() => {})),
    /the answer: not within 20 ms/,
  );
});

test("leaks names what stays and did not stand there before", async () => {
  const old = setInterval(() => {}, 60_000);
  const leaked = leaks(20);
  const young = setInterval(() => {}, 60_000);

  assert.deepEqual(await leaked(), ["Timeout"]);

  clearInterval(young);
  assert.deepEqual(await leaked(), []);
  clearInterval(old);
});

test("leaks waits for what is going", async () => {
  const leaked = leaks();

  setTimeout(() => {}, 20);

  assert.deepEqual(await leaked(), []);
});

test.run();
