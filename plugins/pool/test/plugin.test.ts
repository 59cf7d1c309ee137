import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { createMemoryNetwork, defineService, type Kernel, memory, startKernel } from "@micro/kernel";
import { eventually, testPlugin, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type PoolEvent, type PoolSettings, pool } from "../src/index.ts";

const test = suite("the plugin");

const limitMs = 5000;
const greeter = defineService({
  name: "go.micro.srv.greeter",
  handlers: { Say: { Hello: ({ name }: { name: string }) => ({ msg: `Hello ${name}` }) } },
});

test("with a size, the calls of a kernel share connections", async () => {
  await withCaller({ size: 2 }, async ({ call, events }) => {
    for (let round = 0; round < 3; round++) assert.equal(await call(), { msg: "Hello John" });

    assert.equal(names(events), ["dial", "release", "reuse", "release", "reuse", "release"]);
  });
});

test("without a size there is no pool", async () => {
  await withCaller({}, async ({ call, caller, events }) => {
    assert.equal(await call(), { msg: "Hello John" });

    assert.equal(events, []);
    assert.not(caller.hooks.dial.isUsed());
    assert.not(caller.hooks.discovered.isUsed());
  });
});

test("the connections to a node that left the registry are closed", async () => {
  await withCaller({ size: 2 }, async ({ call, server, events }) => {
    await call();
    const [served] = server.services;

    await within(limitMs, "the end of the service", server.unserve(served as (typeof server.services)[number]));
    await eventually(limitMs, "the end of the connection", () => names(events).includes("close"));

    assert.is(events.at(-1)?.why, "its address left");
  });
});

test("connections that are too old are closed", async () => {
  await withCaller({ size: 2, ttl: "20ms" }, async ({ call, events }) => {
    await call();

    await eventually(limitMs, "the end of the connection", () => names(events).includes("close"));

    assert.is(events.at(-1)?.why, "it is too old");
  });
});

test("when the kernel stops its connections are closed", async () => {
  await withCaller({ size: 2, ttl: "10m" }, async ({ call, caller, events }) => {
    await call();

    await within(limitMs, "the stop", caller.stop());

    assert.equal(names(events), ["dial", "release", "close"]);
    assert.is(events.at(-1)?.why, "the pool closed");
  });
});

test("its flags say what its options say, and go before them", async () => {
  const kernel = await within(
    limitMs,
    "the start",
    startKernel({ plugins: [pool({ size: 3, ttl: 5000 })] }, { flags: { client_pool_size: "7" } }),
  );
  try {
    assert.is(kernel.settings.get("client_pool_size"), 7);
    assert.is(kernel.settings.get("client_pool_ttl"), 5000);
  } finally {
    await within(limitMs, "the stop", kernel.stop());
  }
});

for (const settings of [{ size: -1 }, { size: 1.5 }, { size: 20_000 }, { ttl: 0 }, { ttl: "soon" }]) {
  test(`${JSON.stringify(settings)} is refused when the kernel is made`, async () => {
    const outcome = await startKernel({ plugins: [pool(settings)] }).then(
      (kernel) => kernel.stop().then(() => "started"),
      (error: unknown) => String(error),
    );

    assert.match(outcome, /pool/);
  });
}

testPlugin({ test, plugin: () => pool({ size: 10 }) });

interface Scene {
  readonly server: Kernel;
  readonly caller: Kernel;
  readonly events: PoolEvent[];
  call(): Promise<unknown>;
}

/** A kernel that serves and one that calls it, over one network in memory. */
async function withCaller(settings: PoolSettings, run: (scene: Scene) => Promise<void>): Promise<void> {
  const network = createMemoryNetwork();
  const events: PoolEvent[] = [];
  const listener = (event: unknown) => events.push(event as PoolEvent);
  const kernels: Kernel[] = [];
  subscribe("micro:pool", listener);
  try {
    const server = await within(limitMs, "the start", startKernel({ plugins: [memory({ network })] }));
    kernels.push(server);
    const caller = await within(limitMs, "the start", startKernel({ plugins: [memory({ network }), pool(settings)] }));
    kernels.push(caller);
    await within(limitMs, "serving", server.serve(greeter));
    const call = () =>
      within(limitMs, "the call", caller.client.call("go.micro.srv.greeter", "Say.Hello", { name: "John" }));
    await run({ server, caller, events, call });
  } finally {
    unsubscribe("micro:pool", listener);
    for (const kernel of kernels) await within(limitMs, "the stop", kernel.stop());
  }
}

function names(events: readonly PoolEvent[]): readonly string[] {
  return events.map(({ event }) => event);
}

test.run();
