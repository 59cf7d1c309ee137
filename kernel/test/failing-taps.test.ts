import { suite } from "uvu";
import * as assert from "uvu/assert";
import { definePlugin, type LogFields, type Logger, type PluginContext, startKernel } from "../src/index.ts";
import { eventually, within } from "../src/testing/index.ts";
import { createGreeter } from "./support/greeter.ts";

const test = suite("taps that fail");
const bad = () => {
  throw new Error("on purpose");
};

test("one of start or ready fails the start, and what was opened is closed", async () => {
  for (const hook of ["start", "ready"] as const) {
    let closed = 0;
    const failing = pluginOf(({ hooks, defer }) => {
      defer(() => void closed++);
      hooks[hook].tap("failing", bad);
    });

    const error = await within(
      5000,
      "the failure",
      startKernel({ plugins: [failing], services: [createGreeter()] }).catch((reason) => reason),
    );

    assert.match(String(error), "on purpose", hook);
    assert.is(closed, 1, hook);
  }
});

test("one of stopping is logged, and the stop goes on to its end", async () => {
  const log = createLog();
  let closed = 0;
  const failing = pluginOf(({ hooks, defer }) => {
    defer(() => void closed++);
    hooks.stopping.tap("failing", bad);
  });
  const kernel = await startKernel({ plugins: [failing], log, services: [createGreeter()] });

  await within(5000, "the stop", kernel.stop());

  assert.is(kernel.state, "stopped");
  assert.is(closed, 1);
  assert.equal(log.errors, ['a tap of the "stopping" hook failed: on purpose']);
});

test("one of discovered is logged, and ends neither the process nor the watch", async () => {
  const log = createLog();
  const failing = pluginOf(({ hooks }) => hooks.discovered.tap("failing", bad));
  const kernel = await startKernel({ plugins: [failing], log, services: [createGreeter()] });

  await eventually(5000, "the first event", () => log.errors.length === 1);
  await kernel.unserve(kernel.services[0] as NonNullable<(typeof kernel.services)[0]>);
  await eventually(5000, "the second event", () => log.errors.length === 2);

  assert.is(log.errors[1], 'a tap of the "discovered" hook failed: on purpose');
  await kernel.stop();
});

test("one of advertise keeps a service from being served, and nothing of it stays", async () => {
  const failing = pluginOf(({ hooks }) => hooks.advertise.tap("failing", bad));
  const kernel = await startKernel({ plugins: [failing] });

  const error = await within(
    5000,
    "the failure",
    kernel.serve(createGreeter()).catch((reason) => reason),
  );

  assert.match(String(error), "on purpose");
  assert.equal(kernel.services, []);
  assert.equal(await kernel.get("registry").listServices(), []);
  await kernel.stop();
});

function pluginOf(setup: (context: PluginContext) => void) {
  return definePlugin({ name: "failing", setup });
}

function createLog(): Logger & { readonly errors: string[] } {
  const errors: string[] = [];
  const error = (message: string, { error }: LogFields = {}): void =>
    void errors.push(`${message}: ${(error as Error).message}`);
  return { errors, debug() {}, info() {}, warn() {}, error };
}

test.run();
