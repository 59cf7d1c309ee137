import assert from "node:assert/strict";
import { type Flag, parseFlagValue } from "@micro/settings";
import type { Config, PluginList } from "../contracts/config.ts";
import type { Logger } from "../contracts/log.ts";
import { definePlugin, type Plugin } from "../contracts/plugin.ts";
import { Kernel, startKernel } from "../kernel.ts";
import { defaultLimitMs, failureOf, type KitOptions, type Scope, withScope } from "./kit.ts";
import { leaks } from "./leaks.ts";

/** What {@link testPlugin} takes. */
export interface PluginKitOptions extends KitOptions {
  /** Makes the plugin. Called once for each test. */
  readonly plugin: () => Plugin;
  /** What it needs beside it, and how it is chosen: `{ plugins: [codec()], use: { registry: "mine" } }`. */
  readonly config?: Config;
}

/** Tests that a plugin says what it is, and leaves nothing behind however its kernel ends. */
export function testPlugin({ test, plugin, config = {}, limitMs = defaultLimitMs }: PluginKitOptions): void {
  const configWith = (...plugins: PluginList): Config => ({
    log: silent,
    ...config,
    plugins: [...(config.plugins ?? []), ...plugins],
  });

  function withStart(name: string, run: (scope: Scope) => Promise<void>): void {
    test(name, () => withScope(limitMs, run));
  }

  test("its name and the names of its flags are well formed", async () => {
    assert.doesNotThrow(() => definePlugin(plugin()));
  });

  test("its flags and commands say in a line what they are for", async () => {
    const { flags = {}, commands = {}, capabilities = {} } = plugin();
    for (const [name, { description }] of Object.entries({ ...flags, ...commands, ...capabilities })) {
      assert.match(
        String(description),
        /^\S[^\n]*[^\s.]$/,
        `the description of "${name}" is one line without a full stop`,
      );
    }
  });

  test("the default of each flag is a value that the flag allows, or stands for none", async () => {
    for (const [name, flag] of Object.entries(plugin().flags ?? {})) {
      assert.ok(isAllowed(flag), `the default of "${name}" is not allowed by its own limits`);
    }
  });

  test("what its commands run can be imported", async () => {
    for (const [name, command] of Object.entries(plugin().commands ?? {})) {
      assert.equal(typeof (await command.load()).run, "function", name);
    }
  });

  withStart("it starts and stops, and stopping twice is no mistake", async ({ step }) => {
    const kernel = await step("the start", startKernel(configWith(plugin())));
    assert.equal(kernel.state, "running");

    await step("the stop", kernel.stop());
    await step("the stop", kernel.stop());

    assert.equal(kernel.state, "stopped");
  });

  withStart(
    "one plugin serves two kernels, and the end of one is not the end of the other",
    async ({ step, defer }) => {
      const shared = plugin();
      const first = await step("the start", startKernel(configWith(shared)));
      defer(() => first.stop());
      const second = await step("the start", startKernel(configWith(shared)));
      defer(() => second.stop());

      await step("the stop", first.stop());
      assert.equal(second.state, "running");

      const third = await step("the start", startKernel(configWith(shared)));
      defer(() => third.stop());
      await step("the stop", third.stop());
      await step("the stop", second.stop());
    },
  );

  withStart("a kernel that is stopped before it starts does not start", async ({ step }) => {
    const leaked = leaks(limitMs);
    const kernel = new Kernel(configWith(plugin()));

    await step("the stop", kernel.stop());

    assert.ok((await failureOf(() => step("the start", kernel.start()))) instanceof Error);
    assert.deepEqual(await leaked(), []);
  });

  withStart("a kernel that is stopped while it starts takes back what was set up", async ({ step }) => {
    const leaked = leaks(limitMs);
    let stopping: Promise<void> | undefined;
    const stops = tapsStart("kit-stops", (kernel) => {
      stopping = kernel.stop();
    });
    const kernel = new Kernel(configWith(plugin(), stops));

    const starting = kernel.start().catch(() => "not started");

    assert.equal(await step("the start", starting), "not started");
    await step("the stop", async () => stopping);
    assert.notEqual(kernel.state, "running");
    assert.deepEqual(await leaked(), []);
  });

  withStart("when another plugin fails the start, what was set up is taken back", async ({ step }) => {
    const leaked = leaks(limitMs);
    const fails = tapsStart("kit-fails", () => {
      throw new Error("this start fails on purpose");
    });

    const error = await failureOf(() => step("the start", startKernel(configWith(plugin(), fails))));

    assert.match(String(error), /on purpose/);
    assert.deepEqual(await leaked(), []);
  });

  withStart("a stopped kernel leaves nothing that keeps the process alive", async ({ step }) => {
    const leaked = leaks(limitMs);

    const kernel = await step("the start", startKernel(configWith(plugin())));
    await step("the stop", kernel.stop());

    assert.deepEqual(await leaked(), []);
  });

  withStart("it leaves the signals and the errors of the process alone", async ({ step }) => {
    const before = processListeners();

    const kernel = await step("the start", startKernel(configWith(plugin())));
    const during = processListeners();
    await step("the stop", kernel.stop());

    assert.deepEqual(during, before);
    assert.deepEqual(processListeners(), before);
  });
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** A plugin that does something when everything is made and nothing is served yet. */
function tapsStart(name: string, act: (kernel: Kernel) => void): Plugin {
  return definePlugin({ name, setup: ({ hooks }) => hooks.start.tap(name, act) });
}

function isAllowed(flag: Flag): boolean {
  if (flag.default === undefined || parseFlagValue(flag, flag.default) !== undefined) return true;
  return flag.default === 0 || flag.default === "" || flag.default === "0s";
}

function processListeners(): Record<string, number> {
  const events = ["SIGINT", "SIGTERM", "SIGHUP", "uncaughtException", "unhandledRejection", "exit", "beforeExit"];
  return Object.fromEntries(events.map((event) => [event, process.listenerCount(event)]));
}
