import { suite } from "uvu";
import * as assert from "uvu/assert";
import { TokenBucket } from "../src/index.ts";

const test = suite("a token bucket");

test("it begins full, is empty after its burst, and fills at its rate", () => {
  const { bucket, clock } = createBucket(10, 3);
  assert.equal(takes(bucket, 5), [true, true, true, false, false]);
  clock.now += 99;
  assert.equal(takes(bucket, 1), [false]);
  clock.now += 1;
  assert.equal(takes(bucket, 2), [true, false]);
  clock.now += 250;
  assert.equal(takes(bucket, 3), [true, true, false]);
});

test("it never holds more than its burst", () => {
  const { bucket, clock } = createBucket(10, 3);
  clock.now += 3_600_000;
  assert.equal(takes(bucket, 5), [true, true, true, false, false]);
});

test("over a long time it lets through its rate and its burst, whatever the rhythm", () => {
  const { bucket, clock } = createBucket(7, 5);
  let taken = 0;
  for (let step = 0; step < 10_000; step++) {
    clock.now += step % 13;
    if (bucket.take()) taken++;
  }
  const most = 5 + (7 * (clock.now - 1000)) / 1000;
  assert.ok(taken <= most && taken >= most - 2, `${taken} of ${most}`);
});

test("tokens to come are borrowed one behind the other, and one given back moves the next one forward", () => {
  const { bucket, clock } = createBucket(10, 1);
  bucket.take();
  assert.is(Math.round(bucket.waitMs), 100);
  bucket.borrow();
  assert.is(Math.round(bucket.waitMs), 200);
  bucket.borrow();
  bucket.giveBack();
  assert.is(Math.round(bucket.waitMs), 200);
  clock.now += 100;
  assert.is(bucket.take(), false, "that one is borrowed");
  clock.now += 100;
  assert.is(bucket.take(), true);
});

function createBucket(rate: number, burst: number) {
  const clock = { now: 1000 };
  return { clock, bucket: new TokenBucket({ rate, burst, now: () => clock.now }) };
}

function takes(bucket: TokenBucket, count: number): boolean[] {
  return Array.from({ length: count }, () => bucket.take());
}

test.run();
