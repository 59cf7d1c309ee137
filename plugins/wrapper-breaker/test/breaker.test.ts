import { MicroError, notFound } from "@micro/kernel";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Breaker, type BreakerSettings, Breakers, isFailure } from "../src/index.ts";

const test = suite("a circuit");

test("failures in a row open it, and an answer in between starts the count anew", async () => {
  const { breaker, fail, answer } = createBreaker({ failures: 3 });
  await fail();
  await fail();
  await answer();
  await fail();
  await fail();
  assert.is(breaker.state, "closed");
  await fail();
  assert.is(breaker.state, "open");
});

test("an open one refuses without a call, says that nothing ran, and when to come again", async () => {
  const { breaker, fail, clock } = createBreaker({ failures: 1, openMs: 1000 });
  await fail();
  clock.now += 400;
  let calls = 0;

  const error = await failureOf(
    breaker.run(async () => {
      calls++;
    }),
  );

  assert.is(calls, 0);
  assert.equal([error.code, error.reason, error.notProcessed, error.retryAfterMs], [503, "circuit_open", true, 600]);
  assert.is(breaker.stats().refused, 1);
});

test("after the pause one call tries while the others are refused, and its answer closes the circuit", async () => {
  const { breaker, fail, answer, clock } = createBreaker({ failures: 1, openMs: 1000 });
  await fail();
  clock.now += 1000;
  let finish: (value: string) => void = () => {};

  const trial = breaker.run(
    () =>
      new Promise<string>((resolve) => {
        finish = resolve;
      }),
  );
  assert.is(breaker.state, "half-open");
  assert.is((await failureOf(answer())).reason, "circuit_open");
  finish("there again");

  assert.is(await trial, "there again");
  assert.is(breaker.state, "closed");
  assert.is(await answer(), "answer");
});

test("a try that fails opens it for another pause", async () => {
  const { breaker, fail, answer, clock } = createBreaker({ failures: 5, openMs: 1000 });
  for (let n = 0; n < 5; n++) await fail();
  clock.now += 1000;
  await fail();
  assert.is(breaker.state, "open");
  clock.now += 999;
  assert.is((await failureOf(answer())).reason, "circuit_open");
  clock.now += 1;
  assert.is(await answer(), "answer");
  assert.equal([breaker.stats().opened, breaker.stats().failed], [2, 6]);
});

test("a 4xx is an answer: it opens nothing, and closes what was open", async () => {
  const { breaker, fail, clock } = createBreaker({ failures: 2 });
  const unknown = () => failureOf(breaker.run(() => Promise.reject(notFound("greeter", "no such person"))));
  for (let n = 0; n < 10; n++) assert.is((await unknown()).code, 404);
  assert.is(breaker.state, "closed");
  await fail();
  await unknown();
  await fail();
  assert.is(breaker.state, "closed", "it came between two failures");
  await fail();
  clock.now += 5000;
  await unknown();
  assert.is(breaker.state, "closed");
});

test("a caller who gives up, or a mistake in the program, tells nothing of the service", async () => {
  const { breaker, fail, clock } = createBreaker({ failures: 2 });
  const cancelled = new MicroError("go.micro.client", 408, "context canceled", { reason: "cancelled" });
  const giveUp = () => breaker.run(() => Promise.reject(cancelled)).catch((error: unknown) => error);
  for (let n = 0; n < 10; n++) assert.is(await giveUp(), cancelled);
  assert.is(breaker.state, "closed");
  await fail();
  await giveUp();
  await fail();
  assert.is(breaker.state, "open", "it does not come between two failures");

  clock.now += 5000;
  assert.is(await giveUp(), cancelled);
  assert.is(breaker.state, "open", "the try brought nothing to light");
  const mistake = new TypeError("timeout is no duration");
  clock.now += 5000;
  assert.is(await breaker.run(() => Promise.reject(mistake)).catch((error: unknown) => error), mistake);
});

test("with a ratio some answers in between do not keep it closed, and few calls do not open it", async () => {
  const busy = createBreaker({ ratio: 0.5, minPerSecond: 1, windowMs: 10_000 });
  const inARow = createBreaker({ failures: 5 });
  for (let n = 0; n < 40 && busy.breaker.state === "closed"; n++) {
    for (const { fail, answer } of [busy, inARow]) await (n % 4 === 3 ? answer() : fail());
  }
  assert.is(busy.breaker.state, "open");
  assert.is(inARow.breaker.state, "closed", "it has no five in a row");

  const quiet = createBreaker({ ratio: 0.5, minPerSecond: 100, windowMs: 10_000 });
  for (let n = 0; n < 50; n++) await quiet.fail();
  assert.is(quiet.breaker.state, "closed");
});

test("what counts may be said", async () => {
  const { breaker, fail } = createBreaker({ failures: 1, counts: ({ code }) => code === 429 });
  await fail();
  assert.is(breaker.state, "closed");
  await failureOf(breaker.run(() => Promise.reject(new MicroError("greeter", 429, "too many request"))));
  assert.is(breaker.state, "open");
});

test("transport failures, passed deadlines and 5xx count; 4xx and own mistakes do not", () => {
  const rows: readonly [code: number, reason: string | undefined, counts: boolean][] = [
    [500, undefined, true],
    [500, "dial_failed", true],
    [500, "connection_lost", true],
    [502, "invalid_response", true],
    [503, undefined, true],
    [408, "deadline_exceeded", true],
    [408, undefined, true],
    [408, "cancelled", false],
    [400, undefined, false],
    [404, "unknown_service", false],
    [429, "rate_limited", false],
    [500, "unwritable_value", false],
  ];
  for (const [code, reason, counts] of rows) {
    const error = new MicroError("x", code, "x", reason === undefined ? {} : { reason });
    assert.is(isFailure(error), counts, `${code} ${reason}`);
  }
});

test("circuits are kept by service and method, and no more than ten thousand", () => {
  const breakers = new Breakers({ ...defaults });
  const first = breakers.of("service", "Say.Hello");
  assert.is(breakers.of("service", "Say.Hello"), first);
  assert.is.not(breakers.of("service", "Say.Bye"), first);
  assert.is.not(breakers.of("service"), first);
  for (let n = 0; n < 10_050; n++) breakers.of(`service ${n}`);
  assert.is(breakers.stats().length, 10_000);
  assert.is.not(breakers.of("service", "Say.Hello"), first, "the first one was forgotten");
});

const defaults: BreakerSettings = {
  failures: 5,
  ratio: 0,
  openMs: 5000,
  windowMs: 10_000,
  minPerSecond: 5,
  counts: isFailure,
};

function createBreaker(settings: Partial<BreakerSettings>) {
  const clock = { now: 0 };
  const breaker = new Breaker("greeter", "Say.Hello", { ...defaults, now: () => clock.now, ...settings });
  return {
    breaker,
    clock,
    answer: () => breaker.run(async () => "answer"),
    fail: () => failureOf(breaker.run(() => Promise.reject(new MicroError("greeter", 500, "broken")))),
  };
}

async function failureOf(work: Promise<unknown>): Promise<MicroError> {
  const outcome = await work.then(
    (value) => new Error(`it should have failed, not answered ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (MicroError.is(outcome)) return outcome;
  throw outcome;
}

test.run();
