import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  type Config,
  createMemoryNetwork,
  definePlugin,
  type Kernel,
  type LogFields,
  memory,
  type Plugin,
  type PluginContext,
  startKernel,
  UsageError,
} from "../src/index.ts";
import { Kernel as KernelClass } from "../src/kernel.ts";
import { eventually, leaks, within } from "../src/testing/index.ts";
import { createGate } from "../src/testing/kit.ts";
import { createGreeter, type Seen } from "./support/greeter.ts";

const test = suite("lifecycle");
const service = "go.micro.srv.greeter";
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

declare module "../src/contracts/capabilities.ts" {
  interface Capabilities {
    cacher: { get(key: string): string };
  }
}

function plugin(name: string, setup?: (context: PluginContext) => void | Promise<void>): Plugin {
  return definePlugin(setup === undefined ? { name } : { name, setup });
}

async function failureOf(work: Promise<unknown>): Promise<Error> {
  const outcome = await within(
    5000,
    "the failure",
    work.then(() => undefined).catch((error) => error),
  );
  assert.instance(outcome, Error);
  return outcome as Error;
}

test("a kernel goes through its states once", async () => {
  const states: string[] = [];
  const kernel = new KernelClass({ plugins: [plugin("p", ({ kernel: { state } }) => void states.push(state))] });
  states.push(kernel.state);
  await kernel.start();
  states.push(kernel.state);
  const stopped = kernel.stop();
  states.push(kernel.state);
  await stopped;
  states.push(kernel.state);

  assert.equal(states, ["created", "starting", "running", "stopping", "stopped"]);
  assert.match((await failureOf(kernel.start())).message, "starts once");
});

test("plugins are set up in order, each behind those it names, presets and conditions flattened", async () => {
  const order: string[] = [];
  const noting = (name: string, more: Partial<Plugin> = {}): Plugin => ({
    ...plugin(name, () => void order.push(name)),
    ...more,
  });
  const kernel = await startKernel({
    plugins: [noting("a", { after: ["c", "nobody"] }), [noting("b"), false, null, [noting("c")]], noting("b")],
  });
  await kernel.stop();
  assert.equal(order, ["c", "a", "b"]);
});

test("a later plugin takes the place of one of the same name", async () => {
  const order: string[] = [];
  const kernel = await startKernel({
    plugins: [plugin("a", () => void order.push("old")), plugin("a", () => void order.push("new"))],
  });
  await kernel.stop();
  assert.equal(order, ["new"]);
});

test("a plugin that requires one that is not listed, or another kernel, or waits for itself, is named", async () => {
  const cases: readonly (readonly [Partial<Plugin>[], RegExp])[] = [
    [[{ name: "a", requires: ["b"] }], /"a" needs plugin "b"/],
    [[{ name: "a", kernel: "7" }], /"a" is for kernel 7/],
    [
      [
        { name: "a", after: ["b"] },
        { name: "b", after: ["a"] },
      ],
      /a → b → a/,
    ],
  ];
  for (const [plugins, message] of cases) {
    assert.match((await failureOf(startKernel({ plugins: plugins as Plugin[] }))).message, message);
  }
});

test("a setup that fails is named, and what was opened before is closed, last first", async () => {
  const closed: string[] = [];
  const opening = (name: string): Plugin => plugin(name, ({ defer }) => defer(() => void closed.push(name)));
  const failing = plugin("failing", ({ defer }) => {
    defer(() => void closed.push("half"));
    throw new Error("no such file");
  });

  const error = await failureOf(startKernel({ log: quiet, plugins: [opening("a"), opening("b"), failing] }));

  assert.match(error.message, /plugin "failing" failed in setup: no such file/);
  assert.equal(closed, ["half", "b", "a"]);
});

test("closers all run, whatever the others do, and the failures are gathered under their owners", async () => {
  const closed: string[] = [];
  const kernel = await startKernel({
    log: quiet,
    plugins: [
      plugin("a", ({ defer }) => defer(() => void closed.push("a"))),
      plugin("b", ({ defer }) =>
        defer(() => {
          throw new Error("stuck");
        }),
      ),
      plugin("c", ({ defer }) => defer(async () => Promise.reject(new Error("lost")))),
    ],
  });

  const error = await failureOf(kernel.stop());

  assert.instance(error, AggregateError);
  assert.match(error.message, /"c" did not close: lost; "b" did not close: stuck/);
  assert.equal(closed, ["a"]);
  assert.is(kernel.state, "stopped");
});

test("stop is idempotent, and before a start it does nothing", async () => {
  let closed = 0;
  const kernel = await startKernel({ plugins: [plugin("a", ({ defer }) => defer(() => void closed++))] });
  await Promise.all([kernel.stop(), kernel.stop()]);
  await kernel.stop();
  assert.is(closed, 1);

  const unborn = new KernelClass();
  await unborn.stop();
  assert.is(unborn.state, "stopped");
});

test("a stop during the start undoes it", async () => {
  const gate = createGate();
  const entered = createGate();
  const closed: string[] = [];
  const kernel = new KernelClass({
    log: quiet,
    plugins: [
      plugin("slow", async ({ defer, signal }) => {
        defer(() => void closed.push("slow"));
        entered.open();
        signal.addEventListener("abort", () => gate.open());
        await gate.promise;
      }),
      plugin("never", () => void closed.push("never set up")),
    ],
  });
  const started = failureOf(kernel.start());
  await entered.promise;
  await kernel.stop();

  assert.match((await started).message, "stopped while it started");
  assert.equal(closed, ["slow"]);
});

test("nothing is made of what was not chosen", async () => {
  const made: string[] = [];
  const network = createMemoryNetwork();
  const registries = plugin("registries", ({ provide }) => {
    for (const name of ["one", "two"]) {
      provide("registry", name, async () => {
        made.push(name);
        const { MemoryRegistry } = await import("../src/memory/index.ts");
        return new MemoryRegistry(network);
      });
    }
  });
  for (const [use, expected] of [
    [undefined, "two"],
    ["one", "one"],
    ["memory", undefined],
  ] as const) {
    made.length = 0;
    const config: Config = { plugins: [registries], ...(use === undefined ? {} : { use: { registry: use } }) };
    await (await startKernel(config)).stop();
    assert.equal(made, expected === undefined ? [] : [expected]);
  }
});

test("a choice that nobody provides says what there is and what to install", async () => {
  const error = await failureOf(startKernel({ log: quiet, use: { registry: "nope" } }));
  assert.instance(error, UsageError);
  assert.match(error.message, /registry "nope".*there is memory.*npm i @micro\/registry-nope/);
});

test("a plugin may introduce a kind of capability, with its flags", async () => {
  let got: string | undefined;
  const cacher = definePlugin({
    name: "cacher-fixed",
    capabilities: { cacher: { description: "where answers are kept" } },
    setup: ({ provide, hooks, get, addresses }) => {
      provide("cacher", "fixed", () => ({ get: (key) => `${key} at ${addresses("cacher" as never).join()}` }));
      hooks.ready.tap("cacher-fixed", () => {
        got = get("cacher").get("key");
      });
    },
  });
  const kernel = await startKernel({ plugins: [cacher] }, { flags: { cacher_address: "a:1,b:2" } });
  await kernel.stop();
  assert.is(got, "key at a:1,b:2");
});

test("flags reach the plugin with their values, the command line before the environment before the config", async () => {
  const seen: unknown[] = [];
  const sized = (settings: Record<string, unknown>): Plugin =>
    definePlugin({
      name: "sized",
      flags: { size: { type: "number", default: 1, description: "how many" } },
      settings,
      setup: ({ flags, kernel }) => void seen.push([flags.size, kernel.settings.source("size")]),
    });
  const start = async (config: Config, options = {}): Promise<void> => (await startKernel(config, options)).stop();
  await start({ plugins: [sized({})] });
  await start({ plugins: [sized({ size: 2 })] });
  await start({ plugins: [sized({ size: 2 })], settings: { size: 3 } });
  await start({ plugins: [sized({})], settings: { size: 3 } }, { env: { MICRO_SIZE: "4" } });
  await start({ plugins: [sized({})] }, { env: { MICRO_SIZE: "4" }, flags: { size: "5" } });
  assert.equal(seen, [
    [1, "default"],
    [2, "plugin"],
    [3, "config"],
    [4, "environment"],
    [5, "flag"],
  ]);
});

test("a plugin amends the config before anything is resolved", async () => {
  const encode = definePlugin({ name: "encode", config: (config) => ({ ...config, local: "encode" }) });
  const kernel = await startKernel({ plugins: [encode] });
  await kernel.stop();
  assert.is(kernel.config.local, "encode");
});

test("the services of the config are served, and a name only once", async () => {
  const kernel = await startKernel({ services: [createGreeter()] });
  assert.equal(await kernel.client.call(service, "Say.Sync", { name: "x" }), { msg: "Hello x" });
  assert.match((await failureOf(kernel.serve(createGreeter()))).message, "served already");
  await kernel.stop();
  assert.match((await failureOf(kernel.serve(createGreeter("other")))).message, "the kernel is stopped");
});

test("a service that cannot be served leaves nothing behind", async () => {
  const network = createMemoryNetwork();
  const kernel = await startKernel({ plugins: [memory({ network })], log: quiet });
  const first = await kernel.serve(createGreeter("first"));
  await failureOf(kernel.serve(createGreeter("second"), { address: first.address }));
  assert.equal(await kernel.get("registry").listServices(), ["first"]);
  assert.equal(
    kernel.services.map(({ name }) => name),
    ["first"],
  );
  await kernel.stop();
});

test("a server stops in order: it leaves the registry, finishes what is under way, then closes", async () => {
  const network = createMemoryNetwork();
  const gate = createGate();
  const caller = await startKernel({ plugins: [memory({ network })] });
  const server = await startKernel({ plugins: [memory({ network })] });
  const served = await server.serve({
    name: "slow",
    handlers: { Slow: { Wait: () => gate.promise.then(() => ({ done: true })) } },
  });
  const call = caller.client.call("slow", "Slow.Wait");
  await eventually(2000, "the call is there", () => server.services.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 20));

  const stopped = server.stop();
  await eventually(2000, "it left", async () => (await caller.get("registry").getService("slow")).length === 0);
  const refused = await failureOf(caller.client.call("slow", "Slow.Wait", {}, { address: served.address }));
  gate.open();

  assert.ok((refused as { code?: number }).code !== undefined);
  assert.equal(await within(2000, "the answer", call), { done: true });
  await within(2000, "the stop", stopped);
  await caller.stop();
});

test("a call that outlasts the drain limit has its signal aborted and its caller told", async () => {
  const network = createMemoryNetwork();
  const seen: Seen = { aborted: 0, closedStreams: 0 };
  const caller = await startKernel({ plugins: [memory({ network })] });
  const server = await startKernel({ plugins: [memory({ network })] }, { drainLimitMs: 50 });
  await server.serve(createGreeter(service, seen));
  const call = failureOf(caller.client.call(service, "Say.Hang"));
  await new Promise((resolve) => setTimeout(resolve, 20));

  await within(2000, "the stop", server.stop());

  assert.is(((await call) as { code?: number }).code, 503);
  assert.is(seen.aborted, 1);
  await caller.stop();
});

test("a registry that does not let go does not keep a server from stopping", async () => {
  const warnings: string[] = [];
  const log = { ...quiet, warn: (message: string, _fields?: LogFields) => void warnings.push(message) };
  const stuck = plugin("stuck", ({ provide }) =>
    provide("registry", "stuck", async () => {
      const { MemoryRegistry } = await import("../src/memory/index.ts");
      const registry = new MemoryRegistry(createMemoryNetwork());
      registry.deregister = () => Promise.reject(new Error("the registry is gone"));
      return registry;
    }),
  );
  const kernel = await startKernel({ plugins: [stuck], log, services: [createGreeter()] });
  await within(2000, "the stop", kernel.stop());
  assert.match(warnings.join(), "leaving the registry failed");
});

test("after a stop nothing keeps the process alive", async () => {
  const leaked = leaks();
  const kernel = await startKernel({ services: [createGreeter()], local: false });
  await kernel.client.call(service, "Say.Sync", { name: "x" });
  await kernel.stop();
  assert.equal(await leaked(), []);
});

test("a kernel can be disposed of", async () => {
  let kernel: Kernel;
  {
    await using disposed = await startKernel();
    kernel = disposed;
  }
  assert.is(kernel.state, "stopped");
});

test("--server_name, --server_version, --server_id and --server_metadata say as what a service is served", async () => {
  const kernel = await startKernel(
    { services: [createGreeter()] },
    { flags: { server_name: "other", server_version: "2.0.0", server_id: "7", server_metadata: ["zone=a=b"] } },
  );
  const [record] = await kernel.get("registry").getService("other");
  assert.is(record?.version, "2.0.0");
  assert.is(record?.nodes[0]?.id, "other-7");
  assert.is(record?.nodes[0]?.metadata.zone, "a=b");
  assert.is(record?.nodes[0]?.metadata.server, "rpc");
  await kernel.stop();
});

test.run();
