import { suite } from "uvu";
import * as assert from "uvu/assert";
import { RetryBudget } from "../src/index.ts";

const test = suite("the budget");

/** A budget on a clock of its own. */
function budgetAt(ratio: number, minPerSecond: number) {
  const clock = { ms: 5 };
  return { clock, budget: new RetryBudget({ ratio, minPerSecond, windowMs: 10_000, now: () => clock.ms }) };
}

test("five calls pay for one further try", () => {
  const { budget } = budgetAt(0.2, 0);
  assert.not(budget.withdraw());
  for (let call = 0; call < 4; call++) budget.deposit();
  assert.not(budget.withdraw());
  budget.deposit();
  assert.ok(budget.withdraw());
  assert.not(budget.withdraw());
});

test("what was not used within the window is gone", () => {
  const { budget, clock } = budgetAt(0.2, 0);
  for (let call = 0; call < 100; call++) budget.deposit();
  assert.is(Math.round(budget.balance), 20);

  clock.ms += 8000;
  assert.is(Math.round(budget.balance), 20);
  clock.ms += 2000;
  assert.is(budget.balance, 0);
  clock.ms += 1e9;
  assert.is(budget.balance, 0);
});

test("a service that is seldom called has the minimum", () => {
  const { budget, clock } = budgetAt(0.2, 1);
  let tries = 0;
  for (let second = 0; second < 100; second++) {
    while (budget.withdraw()) tries++;
    clock.ms += 1000;
  }
  assert.ok(tries >= 100 && tries <= 110, String(tries));
});

test("a minute in which every call fails costs a quarter more at 200 calls a second, three tries each cost three times", () => {
  const { budget, clock } = budgetAt(0.2, 10);
  let load = 0;
  let naive = 0;
  const seconds: number[] = [];
  for (let second = 0; second < 60; second++) {
    const before = load;
    for (let call = 0; call < 200; call++) {
      clock.ms += 5;
      budget.deposit();
      load++;
      naive += 3;
      for (let attempt = 2; attempt <= 3 && budget.withdraw(); attempt++) load++;
    }
    seconds.push(load - before);
  }
  const offered = 60 * 200;
  // What the first window holds of the minimum may be used at once.
  assert.ok(load <= 1.25 * offered + 100, `${load / offered}`);
  assert.ok(load >= 1.2 * offered, `${load / offered}`);
  assert.is(naive, 3 * offered);
  for (let end = 10; end <= 60; end++) {
    const window = seconds.slice(end - 10, end).reduce((sum, count) => sum + count, 0);
    // Slices are forgotten as a whole, so a window is exact to a slice.
    assert.ok(window <= 1.25 * 2000 + 1.25 * 200, `${window} in the ten seconds before ${end}`);
  }
});

test("a service that was overloaded comes back, where naive tries keep it down", () => {
  const { budget, clock } = budgetAt(0.2, 10);
  const ours = recovery(
    clock,
    () => budget.deposit(),
    () => budget.withdraw(),
  );
  const naive = recovery(
    { ms: 0 },
    () => undefined,
    () => true,
  );

  assert.ok(ours > 0.99, `${ours} of the calls succeed after the overload`);
  assert.ok(naive < 0.9, `${naive} of the calls succeed with naive tries`);
});

/**
 * A service that can work off 250 requests a second and, when more come, spends half of its work on those that it then
 * fails. It is called 200 times a second, and 600 times for five seconds. Returns which share succeeds from five
 * seconds after that on.
 */
function recovery(clock: { ms: number }, deposit: () => void, mayRetry: () => boolean): number {
  let again = 0;
  let answered = 0;
  let calls = 0;
  for (let tick = 0; tick < 300; tick++) {
    const offered = tick >= 50 && tick < 100 ? 60 : 20;
    for (let call = 0; call < offered; call++) deposit();
    const requests = offered + again;
    const done = requests <= 25 ? requests : Math.max(0, 25 - Math.ceil((requests - 25) / 2));
    again = 0;
    for (let failed = done; failed < requests; failed++) if (mayRetry() && again < 2 * offered) again++;
    if (tick >= 150) {
      calls += requests;
      answered += done;
    }
    clock.ms += 100;
  }
  return answered / calls;
}

test.run();
