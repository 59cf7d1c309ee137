import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { defineService, type Kernel, MicroError, type Plugin, startKernel } from "@micro/kernel";
import { eventually, testPlugin, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type BreakerEvent, breakersOf, wrapperBreaker } from "../src/index.ts";

const test = suite("the plugin");
const limitMs = 10_000;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

test("a method that keeps failing is called no more, its neighbour is, and without the plugin both are", async () => {
  await withGreeter([wrapperBreaker({ failures: 3, open: "1h" })], async ({ call, runs, kernel }) => {
    const reasons = await outcomes(10, () => call("Say.Broken"));
    assert.equal(reasons, [...Array(3).fill("500"), ...Array(7).fill("circuit_open")]);
    assert.is(runs.broken, 3);
    assert.equal(await call("Say.Hello"), { msg: "hello" });
    const states = breakersOf(kernel)
      ?.stats()
      .map(({ method, state }) => [method, state]);
    assert.equal(states, [
      ["Say.Broken", "open"],
      ["Say.Hello", "closed"],
    ]);
  });
  await withGreeter([], async ({ call, runs, kernel }) => {
    await outcomes(10, () => call("Say.Broken"));
    assert.is(runs.broken, 10);
    assert.is(breakersOf(kernel), undefined);
  });
});

test("with one circuit for the service its neighbour is refused too", async () => {
  await withGreeter([wrapperBreaker({ failures: 3, open: "1h", per: "service" })], async ({ call }) => {
    await outcomes(3, () => call("Say.Broken"));
    assert.equal(await outcomes(1, () => call("Say.Hello")), ["circuit_open"]);
  });
});

test("a passed deadline counts", async () => {
  await withGreeter([wrapperBreaker({ failures: 2, open: "1h" })], async ({ kernel }) => {
    const hang = () => kernel.client.call("greeter", "Say.Hang", {}, { timeout: "20ms" });
    assert.equal(await outcomes(3, hang), ["deadline_exceeded", "deadline_exceeded", "circuit_open"]);
  });
});

test("a node that nobody reaches counts", async () => {
  await withGreeter([wrapperBreaker({ failures: 2, open: "1h" })], async ({ kernel }) => {
    const away = () => kernel.client.call("greeter", "Say.Hello", {}, { address: "away:9" });
    assert.equal(await outcomes(3, away), ["dial_failed", "dial_failed", "circuit_open"]);
  });
});

test("after the pause it finds that the method answers again, and each change is told", async () => {
  const events: BreakerEvent[] = [];
  const listener = (event: unknown) => events.push(event as BreakerEvent);
  subscribe("micro:breaker", listener);
  try {
    await withGreeter([wrapperBreaker({ failures: 1, open: "20ms" })], async ({ call, health }) => {
      await outcomes(1, () => call("Say.Broken"));
      health.isBroken = false;
      await eventually(limitMs, "an answer", async () => (await outcomes(1, () => call("Say.Broken")))[0] === "answer");
    });
  } finally {
    unsubscribe("micro:breaker", listener);
  }
  const told = events.map(({ service, method, state, error }) => [service, method, state, error?.code]);
  assert.equal(told, [
    ["greeter", "Say.Broken", "open", 500],
    ["greeter", "Say.Broken", "half-open", 500],
    ["greeter", "Say.Broken", "closed", undefined],
  ]);
});

test("its flags say what its options say, go before them, and have their ranges", async () => {
  const kernel = await within(
    limitMs,
    "the start",
    startKernel(
      { plugins: [wrapperBreaker({ failures: 7, ratio: 0.25, open: "2s" })], log: quiet },
      { flags: { client_breaker_failures: "9" } },
    ),
  );
  try {
    assert.is(kernel.settings.get("client_breaker_failures"), 9);
    assert.is(kernel.settings.get("client_breaker_ratio"), 0.25);
    assert.is(kernel.settings.get("client_breaker_open"), 2000);
  } finally {
    await within(limitMs, "the stop", kernel.stop());
  }
  for (const flags of [
    { client_breaker_failures: "0" },
    { client_breaker_ratio: "1" },
    { client_breaker_open: "0s" },
  ] as readonly Record<string, string>[]) {
    const [name] = Object.keys(flags) as [string];
    const error = await startKernel({ plugins: [wrapperBreaker()] }, { flags }).catch((reason: unknown) => reason);
    assert.match(String(error), name);
  }
});

test("an option out of its range is named", async () => {
  for (const [options, expected] of [
    [{ window: "1ms" }, /window/],
    [{ minPerSecond: 0 }, /minPerSecond/],
    [{ per: "node" as "method" }, /"method" or "service"/],
  ] as const) {
    const error = await startKernel({ plugins: [wrapperBreaker(options)], log: quiet }).catch((reason) => reason);
    assert.match(String(error), expected);
  }
});

testPlugin({ test, plugin: () => wrapperBreaker({ failures: 3 }) });

interface Greeter {
  readonly kernel: Kernel;
  readonly runs: { broken: number };
  readonly health: { isBroken: boolean };
  call(method: string): Promise<unknown>;
}

async function withGreeter(plugins: readonly Plugin[], run: (greeter: Greeter) => Promise<void>): Promise<void> {
  const runs = { broken: 0 };
  const health = { isBroken: true };
  const greeter = defineService({
    name: "greeter",
    handlers: {
      Say: {
        Hello: () => ({ msg: "hello" }),
        Broken: () => {
          runs.broken++;
          if (health.isBroken) throw new Error("broken");
          return {};
        },
        Hang: () => new Promise<object>(() => {}),
      },
    },
  });
  const kernel = await within(
    limitMs,
    "the start",
    startKernel({ plugins, services: [greeter], log: quiet }, { drainLimitMs: 0 }),
  );
  try {
    const call = (method: string) => within(limitMs, "the call", kernel.client.call("greeter", method, {}));
    await run({ kernel, runs, health, call });
  } finally {
    await within(limitMs, "the stop", kernel.stop());
  }
}

/** What calls one after the other end with: `answer`, or the reason or code of the error. */
async function outcomes(count: number, call: () => Promise<unknown>): Promise<string[]> {
  const ends: string[] = [];
  for (let n = 0; n < count; n++) {
    ends.push(
      await call().then(
        () => "answer",
        (error: unknown) => (MicroError.is(error) ? (error.reason ?? String(error.code)) : String(error)),
      ),
    );
  }
  return ends;
}

test.run();
