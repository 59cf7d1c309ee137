import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { codecJsonRpc } from "@micro/codec-json-rpc";
import {
  type AttemptNext,
  createMemoryNetwork,
  definePlugin,
  defineService,
  type Kernel,
  MicroError,
  memory,
  type Plugin,
  type ServiceRecord,
  startKernel,
} from "@micro/kernel";
import { within } from "@micro/kernel/testing";
import { transportHttp } from "@micro/transport-http";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type CacheEvent, selectorCache } from "../src/index.ts";

const test = suite("the plugin in a kernel");

const limitMs = 10_000;
const name = "go.micro.srv.greeter";
const greeter = defineService({
  name,
  handlers: { Say: { Hello: ({ name: who }: { name: string }) => ({ msg: `Hello ${who}` }) } },
});
const triesTwice = definePlugin({
  name: "tries-twice",
  setup({ hooks }) {
    hooks.client.tap("tries-twice", (next) => (request) => {
      return next(request).catch((error: unknown) => {
        if (MicroError.is(error) && error.notProcessed) return next(request);
        throw error;
      });
    });
  },
});

test("a node that died without a word fails one call, and is not picked again", async () => {
  const failures = await callsAfterDeath("cache");
  assert.ok(failures <= 3, `${failures} of 60 calls failed`);

  const naive = await callsAfterDeath("random");
  assert.ok(naive > 10, `without the cache ${naive} of 60 calls failed`);
});

test("where what was not processed is tried again no call fails at all", async () => {
  assert.is(await callsAfterDeath("cache", [triesTwice]), 0);
});

test("a node that turned out to be another service is not picked again", async () => {
  const wrong: string[] = [];
  const refuses = tapsAttempt("refuses", (next) => (attempt) => {
    if (attempt.node.address !== wrong[0]) return next(attempt);
    wrong.push(attempt.node.address);
    const options = { reason: "wrong_service", notProcessed: true };
    return Promise.reject(new MicroError("go.micro.client", 421, "another service is here", options));
  });
  await withFleet({ selector: "cache", plugins: [triesTwice, refuses] }, async ({ records, call }) => {
    wrong.push(records[0]?.nodes[0]?.address ?? "");

    for (let count = 0; count < 60; count++) assert.equal(await call(), { msg: "Hello John" });

    assert.ok(wrong.length - 1 <= 3, `it was asked ${wrong.length - 1} times`);
  });
});

test("other failures of a node are its caller's to judge", async () => {
  const fails = tapsAttempt("fails", () => () => Promise.reject(new MicroError("x", 500, "no", { reason: "any" })));
  await withFleet({ selector: "cache", plugins: [fails] }, async ({ call, events }) => {
    for (let count = 0; count < 20; count++) await call().catch(() => {});

    assert.not(events.includes("evict"));
  });
});

test("it hands on the promise of each attempt itself", async () => {
  const promises: unknown[] = [];
  const noting: (next: AttemptNext) => AttemptNext = (next) => (attempt) => {
    const result = next(attempt);
    promises.push(result);
    return result;
  };
  const [outer, inner] = [tapsAttempt("outer", noting), tapsAttempt("inner", noting)];
  await withFleet({ selector: "cache", before: [outer], plugins: [inner] }, async ({ call }) => {
    await call();

    assert.is(promises.length, 2);
    assert.is(promises[0], promises[1]);
  });
});

test("where nobody chooses it the kernel's own selector stays, and nothing is cached", async () => {
  await withFleet({ selector: "" }, async ({ call, caller, events }) => {
    await call();

    assert.is(caller.get("selector")(caller.get("registry")).name, "random");
    assert.equal(events, []);
  });
});

test("its flag says what its option says, and goes before it", async () => {
  const kernel = await within(
    limitMs,
    "the start",
    startKernel({ plugins: [selectorCache({ ttl: "5s" })] }, { flags: { selector_cache_ttl: "7s" } }),
  );
  assert.is(kernel.settings.get("selector_cache_ttl"), 7000);
  await within(limitMs, "the stop", kernel.stop());
});

for (const ttl of [0, -5, "soon"]) {
  test(`a ttl of ${ttl} is refused when the kernel is made`, async () => {
    const outcome = await startKernel({ plugins: [selectorCache({ ttl: ttl as number })] }).then(
      (kernel) => kernel.stop().then(() => "started"),
      (error: unknown) => String(error),
    );

    assert.match(outcome, /selector_cache_ttl|selector-cache/);
  });
}

test.run();

interface FleetOptions {
  readonly selector: string;
  readonly before?: readonly Plugin[];
  readonly plugins?: readonly Plugin[];
}

interface Fleet {
  readonly caller: Kernel;
  /** What stands in the registry, one for each node. */
  readonly records: readonly ServiceRecord[];
  /** What the cache told. */
  readonly events: string[];
  call(): Promise<unknown>;
  /** Ends the second node; the registry hears nothing of it. */
  kill(): Promise<void>;
}

/** How many of 60 calls fail when one of two nodes dies after the first call. */
async function callsAfterDeath(selector: string, plugins: readonly Plugin[] = []): Promise<number> {
  let failures = 0;
  await withFleet({ selector, plugins }, async ({ call, kill }) => {
    await call();
    await kill();
    for (let count = 0; count < 60; count++) await call().catch(() => failures++);
  });
  return failures;
}

/** A service with two nodes over HTTP, each in a kernel with a registry of its own, and a caller that knows of both. */
async function withFleet(options: FleetOptions, run: (fleet: Fleet) => Promise<void>): Promise<void> {
  const { selector, before = [], plugins = [] } = options;
  const kernels: Kernel[] = [];
  const events: string[] = [];
  const listener = (event: unknown) => events.push((event as CacheEvent).event);
  const start = async (own: readonly Plugin[], flags: Record<string, string>): Promise<Kernel> => {
    const parts = [memory({ network: createMemoryNetwork() }), transportHttp(), codecJsonRpc()];
    const config = { plugins: [...parts, ...own], use: { registry: "memory", broker: "memory" } };
    const kernel = await within(limitMs, "the start", startKernel(config, { flags }));
    kernels.push(kernel);
    return kernel;
  };
  subscribe("micro:selector-cache", listener);
  try {
    const servers = [await start([], {}), await start([], {})];
    const caller = await start([...before, selectorCache(), ...plugins], selector === "" ? {} : { selector });
    const records: ServiceRecord[] = [];
    for (const server of servers) {
      const served = await within(limitMs, "serving", server.serve(greeter, { address: "127.0.0.1:0" }));
      records.push(served.record as ServiceRecord);
      await caller.get("registry").register(served.record as ServiceRecord);
    }
    const call = () => within(limitMs, "the call", caller.client.call(name, "Say.Hello", { name: "John" }));
    const kill = () => within(limitMs, "the end of a node", (servers[1] as Kernel).stop());
    await run({ caller, records, events, call, kill });
  } finally {
    unsubscribe("micro:selector-cache", listener);
    for (const kernel of kernels) await within(limitMs, "the stop", kernel.stop());
  }
}

function tapsAttempt(pluginName: string, tap: (next: AttemptNext) => AttemptNext): Plugin {
  return definePlugin({ name: pluginName, setup: ({ hooks }) => hooks.attempt.tap(pluginName, tap) });
}
