import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { codecJsonRpc } from "@micro/codec-json-rpc";
import { createMemoryNetwork, type Kernel, memory, startKernel } from "@micro/kernel";
import { testPlugin, within } from "@micro/kernel/testing";
import { transportHttp } from "@micro/transport-http";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type OutlierEvent, type OutlierOptions, outlier } from "../src/index.ts";

const limitMs = 15_000;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

const test = suite("the plugin in a kernel");

test("a node that fails every call meets five, then one after its time, then all again", async () => {
  await withFleet({ ejection: "300ms" }, async ({ modes, call, events }) => {
    modes[0] = "fails";
    assert.is(await failuresOf(call, 60), 5);
    await new Promise((resolve) => setTimeout(resolve, 350));
    assert.is(await failuresOf(call, 60), 1);

    modes[0] = "answers";
    await new Promise((resolve) => setTimeout(resolve, 650));
    assert.is(await failuresOf(call, 60), 0);
    assert.equal(
      events.map(({ event }) => event),
      ["eject", "eject", "return"],
    );
  });
});

test("without it the node keeps its third", async () => {
  await withFleet({ failures: 0 }, async ({ modes, call }) => {
    modes[0] = "fails";
    assert.is(await failuresOf(call, 60), 20);
  });
});

test("a node that hangs gets no calls after about a second, long before the first of them has failed", async () => {
  await withFleet({}, async ({ modes, call, events }) => {
    await failuresOf(call, 30);
    modes[0] = "hangs";
    const calls: Promise<unknown>[] = [];
    const startedAt = performance.now();
    while (events.length === 0 && performance.now() - startedAt < 10_000) {
      calls.push(call().catch(() => {}));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.is(events[0]?.why, "it answers nothing");
    assert.ok(performance.now() - startedAt < 4000);

    assert.is(await failuresOf(call, 60), 0);
    modes[0] = "wakes";
    await within(limitMs, "the calls that hang", Promise.all(calls));
    assert.is(events.at(-1)?.event, "return");
  });
});

test("a call to an address of its own goes there, left out or not", async () => {
  await withFleet({}, async ({ modes, call, addresses }) => {
    modes[0] = "fails";
    await failuresOf(call, 30);
    modes[0] = "answers";

    assert.equal(await call({ address: addresses[0] as string }), { at: 0 });
  });
});

for (const options of [
  { failures: -1 },
  { failures: 1.5 },
  { ejection: 0 },
  { maxEjection: 0 },
  { failureRate: 2 },
  { minRequests: Number.NaN },
  { maxShare: -1 },
  { silence: 0 },
] satisfies readonly OutlierOptions[]) {
  test(`${Object.keys(options)} ${Object.values(options)} is refused when the kernel starts`, async () => {
    const failure = await startKernel({ plugins: [outlier(options)], log: quiet }).then(() => "none", String);
    assert.match(failure, /outlier/);
  });
}

test.run();

const plugin = suite("the plugin");
testPlugin({ test: plugin, plugin: () => outlier(), config: { plugins: [memory()] } });
plugin.run();

type Mode = "answers" | "fails" | "hangs" | "wakes";

interface Fleet {
  /** What each node does from now on; what hangs until it wakes is answered then. */
  readonly modes: Mode[];
  readonly addresses: readonly string[];
  readonly events: readonly OutlierEvent[];
  call(options?: object): Promise<unknown>;
}

/** Three nodes on real sockets, and a kernel that calls them in turn. */
async function withFleet(options: OutlierOptions, run: (fleet: Fleet) => Promise<void>): Promise<void> {
  const registry = memory({ network: createMemoryNetwork() });
  const common = [transportHttp(), codecJsonRpc(), registry];
  const use = { registry: "memory", transport: "http", broker: "memory", selector: "roundrobin" };
  const kernels: Kernel[] = [];
  const start = async (...more: ReturnType<typeof outlier>[]): Promise<Kernel> => {
    const kernel = await within(limitMs, "the start", startKernel({ plugins: [...common, ...more], use, log: quiet }));
    kernels.push(kernel);
    return kernel;
  };
  const modes: Mode[] = ["answers", "answers", "answers"];
  const events: OutlierEvent[] = [];
  const listener = (event: unknown): void => void events.push(event as OutlierEvent);
  subscribe("micro:outlier", listener);
  try {
    const addresses: string[] = [];
    for (let at = 0; at < 3; at++) {
      const Hello = () => answer(modes, at);
      const kernel = await start();
      const service = { name: "greeter", handlers: { Say: { Hello } } };
      addresses.push((await kernel.serve(service, { address: "127.0.0.1:0" })).address);
    }
    const { client } = await start(outlier(options));
    await run({ modes, addresses, events, call: (how) => client.call("greeter", "Say.Hello", {}, how) });
  } finally {
    unsubscribe("micro:outlier", listener);
    modes.fill("wakes");
    await within(limitMs, "the stop", Promise.all(kernels.map((kernel) => kernel.stop())));
  }
}

async function answer(modes: readonly Mode[], at: number): Promise<unknown> {
  if (modes[at] === "fails") throw new Error("no");
  while (modes[at] === "hangs") await new Promise((resolve) => setTimeout(resolve, 20));
  return { at };
}

async function failuresOf(call: () => Promise<unknown>, count: number): Promise<number> {
  let failures = 0;
  for (let at = 0; at < count; at++)
    await within(
      limitMs,
      "the call",
      call().catch(() => failures++),
    );
  return failures;
}
