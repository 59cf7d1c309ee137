import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { codecJsonRpc } from "@micro/codec-json-rpc";
import {
  createMemoryNetwork,
  definePlugin,
  type Kernel,
  MicroError,
  memory,
  serverStream,
  startKernel,
} from "@micro/kernel";
import { eventually, testPlugin, within } from "@micro/kernel/testing";
import { transportHttp } from "@micro/transport-http";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type ShedEvent, type ShedOptions, shed } from "../src/index.ts";

const limitMs = 15_000;
const quiet = { debug() {}, info() {}, warn(_message: string) {}, error() {} };

const test = suite("the plugin in a kernel");

test("over HTTP a call too many is a 503 that says that nothing ran, and when to come back", async () => {
  await withServer({ maxInFlight: 2, maxQueue: 1 }, async ({ call, release, ran, events }) => {
    const calls = [call("Wait"), call("Wait"), call("Wait")];
    await eventually(limitMs, "the calls", () => ran.count === 2);

    const error = await failureOf(call("Wait"));
    assert.is(error.code, 503);
    assert.is(error.id, "greeter");
    assert.is(error.notProcessed, true);
    assert.is(error.retryAfterMs, 1000);
    assert.is(events.length, 1);
    assert.is(events[0]?.stats.refused, 1);

    release();
    for (const answer of await within(limitMs, "the answers", Promise.all(calls))) assert.equal(answer, { ok: true });
    assert.is(ran.count, 3);
  });
});

test("with no limit all of them run", async () => {
  await withServer({ maxInFlight: 0, maxQueue: 0 }, async ({ call, release, ran }) => {
    const calls = Array.from({ length: 5 }, () => call("Wait"));
    await eventually(limitMs, "the calls", () => ran.count === 5);
    release();
    await within(limitMs, "the answers", Promise.all(calls));
  });
});

test("what it refuses has not even been read", async () => {
  await withServer({ maxInFlight: 1, maxQueue: 0 }, async ({ call, release, ran }) => {
    const first = call("Wait");
    await eventually(limitMs, "the call", () => ran.count === 1);

    assert.is((await failureOf(call("Checked", { wrong: true }))).code, 503);
    release();
    await within(limitMs, "the answer", first);
    assert.is((await failureOf(call("Checked", { wrong: true }))).code, 400);
  });
});

test("Debug methods are answered whatever happens", async () => {
  await withServer({ maxInFlight: 1, maxQueue: 0 }, async ({ caller, call, release, ran }) => {
    const first = call("Wait");
    await eventually(limitMs, "the call", () => ran.count === 1);

    const health = await within(limitMs, "the health", caller.client.call("greeter", "Debug.Health"));

    assert.equal(health, { status: "ok" });
    release();
    await within(limitMs, "the answer", first);
  });
});

test("who waits and gives up never runs", async () => {
  await withServer({ maxInFlight: 1 }, async ({ call, release, ran, ended }) => {
    const first = call("Wait");
    await eventually(limitMs, "the call", () => ran.count === 1);

    const late = await failureOf(call("Wait", {}, { timeout: "100ms" }));
    assert.is(late.code, 408);
    const controller = new AbortController();
    const cancelled = call("Wait", {}, { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    assert.is((await failureOf(cancelled)).reason, "cancelled");
    await eventually(limitMs, "that the server knows", () => ended.count === 2);

    release();
    await within(limitMs, "the answer", first);
    await within(limitMs, "another", call("Wait"));
    assert.is(ran.count, 2);
  });
});

test("a call that waits is answered before its service stops", async () => {
  await withServer({ maxInFlight: 1 }, async ({ call, server, release, ran }) => {
    const calls = [call("Wait"), call("Wait")];
    await eventually(limitMs, "the call", () => ran.count === 1);
    const stopped = server.stop();
    release();

    assert.equal(await within(limitMs, "the answers", Promise.all(calls)), [{ ok: true }, { ok: true }]);
    await within(limitMs, "the stop", stopped);
  });
});

test("streams have a limit of their own", async () => {
  await withServer({ maxInFlight: 1, maxQueue: 0 }, async ({ caller, call, release }) => {
    const stream = caller.client.stream("greeter", "Say.Count", {});
    assert.equal(await within(limitMs, "the first item", stream.receive()), { n: 1 });

    const other = caller.client.stream("greeter", "Say.Count", {});
    assert.is((await failureOf(other.receive())).code, 503);
    release();
    assert.equal(await within(limitMs, "a call", call("Wait")), { ok: true });
    stream.close();
    await eventually(limitMs, "room for another", async () => {
      const third = caller.client.stream("greeter", "Say.Count", {});
      const item = await third.receive().catch(() => undefined);
      third.close();
      return item !== undefined;
    });
  });
});

test("it tells the log once, not for each call", async () => {
  const lines: string[] = [];
  const log = { ...quiet, warn: (message: string) => void lines.push(message) };
  await withServer(
    { maxInFlight: 1, maxQueue: 0 },
    async ({ call, release, ran }) => {
      const first = call("Wait");
      await eventually(limitMs, "the call", () => ran.count === 1);
      for (let count = 0; count < 5; count++) await failureOf(call("Wait"));
      release();
      await within(limitMs, "the answer", first);
    },
    log,
  );

  assert.is(lines.filter((line) => line.includes("calls are refused")).length, 1);
});

for (const options of [{ maxInFlight: -1 }, { maxQueue: 1.5 }, { maxHeap: 2 }, { maxLoopDelay: -1 }] as const) {
  test(`${JSON.stringify(options)} is refused when the kernel is made`, async () => {
    const failure = await startKernel({ plugins: [shed(options)], log: quiet }).then(() => "none", String);
    assert.match(failure, /server_max_/);
  });
}

test.run();

const plugin = suite("the plugin");
testPlugin({ test: plugin, plugin: () => shed(), config: { plugins: [memory()] } });
plugin.run();

interface Served {
  readonly server: Kernel;
  readonly caller: Kernel;
  readonly events: readonly ShedEvent[];
  /** How often `Wait` ran. */
  readonly ran: { count: number };
  /** How many calls ended for the server. */
  readonly ended: { count: number };
  call(method: "Wait" | "Checked", input?: object, options?: object): Promise<unknown>;
  /** Lets every `Wait` answer, those to come too. */
  release(): void;
}

/** A service on a real socket and a kernel that calls it. */
async function withServer(
  options: ShedOptions,
  run: (served: Served) => Promise<void>,
  log: typeof quiet = quiet,
): Promise<void> {
  const common = [transportHttp(), codecJsonRpc(), memory({ network: createMemoryNetwork() })];
  const use = { registry: "memory", transport: "http", broker: "memory" };
  const events: ShedEvent[] = [];
  const listener = (event: unknown): void => void events.push(event as ShedEvent);
  const ran = { count: 0 };
  const ended = { count: 0 };
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const server = await within(
    limitMs,
    "the start",
    startKernel({ plugins: [...common, counting(ended), shed(options)], use, log }),
  );
  const caller = await within(limitMs, "the start", startKernel({ plugins: common, use, log: quiet }));
  subscribe("micro:shed", listener);
  try {
    await server.serve(serviceOf(ran, released), { address: "127.0.0.1:0" });
    const call: Served["call"] = (method, input = {}, how = {}) =>
      within(limitMs, "the call", caller.client.call("greeter", `Say.${method}`, input, how));
    await run({ server, caller, events, ran, ended, call, release });
  } finally {
    unsubscribe("micro:shed", listener);
    release();
    await within(limitMs, "the stop", Promise.all([server.stop(), caller.stop()]));
  }
}

function counting(ended: { count: number }): ReturnType<typeof definePlugin> {
  return definePlugin({
    name: "counting",
    setup({ hooks }) {
      hooks.admit.tap("counting", (next) => (arrival) => {
        arrival.onEnd = () => ended.count++;
        next(arrival);
      });
    },
  });
}

function serviceOf(ran: { count: number }, released: Promise<void>): Parameters<Kernel["serve"]>[0] {
  const Wait = async (): Promise<unknown> => {
    ran.count++;
    await released;
    return { ok: true };
  };
  const Checked = (input: { wrong?: boolean }): unknown => {
    if (input.wrong) throw new MicroError("greeter", 400, "read");
    return {};
  };
  const Count = serverStream(async function* (_input: unknown, { signal }) {
    yield { n: 1 };
    await new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve());
      if (signal.aborted) resolve();
    });
  });
  return { name: "greeter", handlers: { Say: { Wait, Checked, Count } } };
}

async function failureOf(work: Promise<unknown>): Promise<MicroError> {
  const outcome = await work.then(
    (value) => new Error(`it should have failed, not answered ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (MicroError.is(outcome)) return outcome;
  throw outcome;
}
