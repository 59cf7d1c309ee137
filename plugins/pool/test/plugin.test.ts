import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { codecJsonRpc } from "@micro/codec-json-rpc";
import { createMemoryNetwork, defineService, type Kernel, memory, startKernel } from "@micro/kernel";
import { eventually, testPlugin, within } from "@micro/kernel/testing";
import { transportHttp } from "@micro/transport-http";
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

test("a version that left without a word of its nodes takes their connections along, and only theirs", async () => {
  await withCaller({ size: 2 }, async ({ call, caller, server, events }) => {
    await call();
    const [record] = await caller.get("registry").getService(greeter.name);
    assert.ok(record);
    const other = { ...record, name: "go.micro.srv.other", nodes: [] };

    // Nobody told of the nodes of the other one, so that it might have had any that are not known to be others'.
    caller.hooks.discovered.call({ action: "delete", service: other });
    assert.not(names(events).includes("close"));
    caller.hooks.discovered.call({ action: "delete", service: { ...record, nodes: [] } });

    assert.is(events.at(-1)?.why, "its address left");
    assert.is(server.state, "running");
  });
});

test("when the registry cannot say whose nodes left, the connections to addresses that it told nothing of are closed", async () => {
  await withCaller({ size: 2 }, async ({ call, caller, events }) => {
    const [record] = await caller.get("registry").getService(greeter.name);
    assert.ok(record);
    caller.hooks.discovered.call({ action: "delete", service: record });
    await call();
    assert.not(names(events).includes("close"));

    caller.hooks.discovered.call({ action: "delete", service: { ...record, name: "go.micro.srv.other", nodes: [] } });

    assert.is(events.at(-1)?.why, "its address left");
  });
});

test("the connections to the old address of a node that moved are closed", async () => {
  await withCaller({ size: 2 }, async ({ call, caller, events }) => {
    await call();
    const [record] = await caller.get("registry").getService(greeter.name);
    assert.ok(record);
    const nodes = record.nodes.map((node) => ({ ...node, address: "127.0.0.1:1" }));

    caller.hooks.discovered.call({ action: "update", service: record });
    assert.not(names(events).includes("close"));
    caller.hooks.discovered.call({ action: "update", service: { ...record, nodes } });

    assert.is(events.at(-1)?.why, "its address left");
  });
});

test("over a transport that carries many calls at once on a connection, the size is how many connections there are", async () => {
  await withCaller({ size: 3 }, async ({ call, events }) => {
    const answers = await Promise.all(Array.from({ length: 50 }, call));

    assert.is(answers.length, 50);
    assert.is(names(events).filter((name) => name === "dial").length, 3);
  });
});

test("over one that does not, each call has its own, up to the limit", async () => {
  const [dials, answered] = await overHttp({ size: 3, limit: 20 }, 50);

  assert.equal([dials, answered], [20, 50]);
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
    startKernel({ plugins: [pool({ size: 3, limit: 9, ttl: 5000 })] }, { flags: { client_pool_size: "7" } }),
  );
  try {
    assert.is(kernel.settings.get("client_pool_size"), 7);
    assert.is(kernel.settings.get("client_pool_limit"), 9);
    assert.is(kernel.settings.get("client_pool_ttl"), 5000);
  } finally {
    await within(limitMs, "the stop", kernel.stop());
  }
});

for (const settings of [{ size: -1 }, { size: 1.5 }, { size: 20_000 }, { limit: -1 }, { ttl: 0 }, { ttl: "soon" }]) {
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

/** How many connections were dialled for so many calls at once over HTTP, and how many were answered. */
async function overHttp(settings: PoolSettings, calls: number): Promise<readonly [dials: number, answered: number]> {
  let dials = 0;
  const listener = (event: unknown): void => {
    if ((event as PoolEvent).event === "dial") dials++;
  };
  const plugins = [transportHttp(), codecJsonRpc(), pool(settings)];
  subscribe("micro:pool", listener);
  const kernel = await within(limitMs, "the start", startKernel({ plugins, local: false }));
  try {
    await within(limitMs, "serving", kernel.serve(greeter, { address: "127.0.0.1:0" }));
    const call = () => kernel.client.call(greeter.name, "Say.Hello", { name: "John" });
    const answers = await within(limitMs, "the calls", Promise.all(Array.from({ length: calls }, call)));
    return [dials, answers.length];
  } finally {
    unsubscribe("micro:pool", listener);
    await within(limitMs, "the stop", kernel.stop());
  }
}

function names(events: readonly PoolEvent[]): readonly string[] {
  return events.map(({ event }) => event);
}

test.run();
