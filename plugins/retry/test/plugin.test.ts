import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { definePlugin, defineService, startKernel } from "@micro/kernel";
import { testPlugin, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type RetryEvent, retry } from "../src/index.ts";
import { limitMs, nobody, quiet, withCaller } from "./support/caller.ts";
import { RawNode } from "./support/raw-node.ts";

const test = suite("the plugin");

test("other wraps see a call once and each of its tries, wherever they stand in the list", async () => {
  const seen: string[] = [];
  const watching = (name: string) =>
    definePlugin({
      name,
      setup({ hooks }) {
        hooks.client.tap(name, (next) => (request) => {
          seen.push(`${name} call`);
          return next(request);
        });
        hooks.attempt.tap(name, (next) => (attempt) => {
          seen.push(`${name} try ${attempt.number}`);
          return next(attempt);
        });
      },
    });
  const node = await RawNode.listen("answers");
  try {
    await withCaller([watching("before"), retry(), watching("after")], [nobody, node.address], async ({ call }) => {
      await call("Say.Hello", "x");
    });
  } finally {
    await node.close();
  }

  assert.equal(seen, ["before call", "after call", "before try 1", "after try 1", "before try 2", "after try 2"]);
});

test("a call within the kernel is left alone", async () => {
  let runs = 0;
  const service = defineService({
    name: "greeter",
    handlers: {
      Say: {
        Hello: () => {
          runs++;
          throw Object.assign(new Error("no"), { notProcessed: true });
        },
      },
    },
  });
  const kernel = await within(limitMs, "the start", startKernel({ plugins: [retry({ retries: 5 })], log: quiet }));
  try {
    await kernel.serve(service);
    await kernel.client.call("greeter", "Say.Hello", {}, { idempotent: true }).catch(() => {});
    assert.is(runs, 1);
  } finally {
    await within(limitMs, "the stop", kernel.stop());
  }
});

test("a service that nobody knows is a 404 at once", async () => {
  await withCaller([retry({ retries: 5 })], [], async ({ call }) => {
    const error = await call("Say.Again", "x").catch((reason: unknown) => reason);
    assert.is((error as { reason?: string }).reason, "unknown_service");
  });
});

test("each further try is told on its channel", async () => {
  const events: RetryEvent[] = [];
  const listener = (event: unknown) => events.push(event as RetryEvent);
  const node = await RawNode.listen("answers");
  subscribe("micro:retry", listener);
  try {
    await withCaller([retry()], [nobody, node.address], async ({ call }) => {
      await call("Say.Hello", "x");
    });
  } finally {
    unsubscribe("micro:retry", listener);
    await node.close();
  }
  const told = events.map(({ service, method, address, attempt, pauseMs }) => [
    service,
    method,
    address,
    attempt,
    pauseMs,
  ]);
  assert.equal(told, [["greeter", "Say.Hello", nobody, 1, 0]]);
});

test("its flags say what its options say, and go before them", async () => {
  const kernel = await within(
    limitMs,
    "the start",
    startKernel({ plugins: [retry({ retries: 2, budget: 0.5 })] }, { flags: { client_retries: "4" } }),
  );
  try {
    assert.is(kernel.settings.get("client_retries"), 4);
    assert.is(kernel.settings.get("client_retry_budget"), 0.5);
  } finally {
    await within(limitMs, "the stop", kernel.stop());
  }
});

testPlugin({ test, plugin: () => retry({ retries: 3 }) });

test.run();
