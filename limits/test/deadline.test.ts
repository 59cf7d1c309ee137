import { eventually, leaks } from "@micro/kernel/testing";
import { deadlineOf, deadlines, Expiring } from "@micro/limits";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("deadlines");

class Entry extends Expiring {
  expiredAt = 0;
  expirations = 0;
  onExpire: () => void = () => {};

  constructor(expiry: number) {
    super();
    this.expiry = expiry;
  }

  expire(): void {
    this.expiredAt = performance.now();
    this.expirations++;
    this.onExpire();
  }
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

test("an entry expires once, and never before its deadline", async () => {
  const deadline = performance.now() + 30;
  const entry = new Entry(deadline);
  deadlines.add(entry);

  await eventually(2000, "it expired", () => entry.expirations > 0);
  await wait(40);

  assert.is(entry.expirations, 1);
  assert.ok(entry.expiredAt >= deadline, `${entry.expiredAt} is not before ${deadline}`);
});

test("a length of time counts from when it was set, as near as a tick", async () => {
  const start = performance.now();
  const entry = new Entry(-50);
  deadlines.add(entry);

  await eventually(2000, "it expired", () => entry.expirations > 0);

  assert.ok(entry.expiredAt - start >= 50);
});

test("reading the deadline of a length of time fixes it", () => {
  const entry = new Entry(-1000);
  const before = performance.now();

  const deadline = deadlineOf(entry);

  assert.ok(deadline >= before + 1000 && deadline <= performance.now() + 1000);
  assert.is(deadlineOf(entry), deadline);
});

test("an entry that was removed does not expire, whether it was young or waiting", async () => {
  const young = new Entry(performance.now() + 5);
  const waiting = new Entry(performance.now() + 60);
  deadlines.add(young);
  deadlines.add(waiting);

  deadlines.delete(young);
  await wait(25);
  deadlines.delete(waiting);
  deadlines.delete(waiting);
  await wait(80);

  assert.is(young.expirations, 0);
  assert.is(waiting.expirations, 0);
});

test("entries further away than the wheel is long wait their rounds", async () => {
  // The wheel has 1024 slots of 10 ms; this one shares a slot with what is due in 20 ms.
  const far = new Entry(performance.now() + 1024 * 10 + 20);
  const near = new Entry(performance.now() + 20);
  deadlines.add(far);
  deadlines.add(near);

  await eventually(2000, "the near one expired", () => near.expirations === 1);
  await wait(30);

  assert.is(far.expirations, 0);
  deadlines.delete(far);
});

test("a blocked event loop expires everything that is due, once", async () => {
  const entries = [5, 40, 90, 120].map((milliseconds) => new Entry(performance.now() + milliseconds));
  for (const entry of entries) deadlines.add(entry);
  await wait(1);

  const end = performance.now() + 150;
  while (performance.now() < end);
  await wait(40);

  assert.equal(
    entries.map(({ expirations }) => expirations),
    [1, 1, 1, 1],
  );
});

test("an entry may add or remove others while it expires", async () => {
  const late = new Entry(performance.now() + 10_000);
  const next = new Entry(-1);
  const first = new Entry(performance.now() + 10);
  first.onExpire = () => {
    deadlines.delete(late);
    deadlines.add(next);
  };
  deadlines.add(late);
  deadlines.add(first);

  await eventually(2000, "the added one expired", () => next.expirations === 1);
  assert.is(late.expirations, 0);
});

test("no timer is left when nothing waits", async () => {
  const leaked = leaks();
  const entry = new Entry(performance.now() + 10_000);
  deadlines.add(entry);
  deadlines.delete(entry);
  assert.equal(await leaked(), []);
});

test.run();
