import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  type Attempt,
  type ClientNext,
  definePlugin,
  type Kernel,
  type MicroError,
  type Plugin,
  startKernel,
} from "../src/index.ts";
import { within } from "../src/testing/index.ts";
import { createGreeter } from "./support/greeter.ts";

const test = suite("hooks");
const service = "go.micro.srv.greeter";

function tracing(name: string, log: string[]): Plugin {
  return definePlugin({
    name,
    setup({ hooks }) {
      hooks.client.tap(name, (next) => (request) => {
        log.push(`client ${name}`);
        return next(request);
      });
      hooks.attempt.tap(name, (next) => (attempt) => {
        log.push(`attempt ${name} ${attempt.number}`);
        return next(attempt);
      });
      hooks.select.tap(name, (next) => (selection) => {
        log.push(`select ${name} ${selection.service}`);
        return next(selection);
      });
      hooks.dial.tap(name, (next) => (target) => {
        log.push(`dial ${name}`);
        return next(target);
      });
      hooks.handler.tap(name, (next, route) => (context) => {
        log.push(`handler ${name} ${route.method}`);
        return next(context);
      });
    },
  });
}

async function withKernel(plugins: readonly Plugin[], run: (kernel: Kernel) => Promise<void>): Promise<void> {
  const kernel = await startKernel({ plugins, local: false });
  try {
    await within(5000, "the test", run(kernel));
  } finally {
    await kernel.stop();
  }
}

test("the first plugin's wrap is the outermost, on every hook", async () => {
  const log: string[] = [];
  await withKernel([tracing("first", log), tracing("second", log)], async (kernel) => {
    await kernel.serve(createGreeter());
    await kernel.client.call(service, "Say.Sync", { name: "x" });
    assert.equal(log, [
      "client first",
      "client second",
      `select first ${service}`,
      `select second ${service}`,
      "attempt first 1",
      "attempt second 1",
      "dial first",
      "dial second",
      "handler first Say.Sync",
      "handler second Say.Sync",
    ]);
  });
});

test("a wrap is composed once per route, so that its state lives as long as the route", async () => {
  let composed = 0;
  const counts: number[] = [];
  const counting = definePlugin({
    name: "counting",
    setup({ hooks }) {
      hooks.client.tap("counting", (next) => {
        composed++;
        let calls = 0;
        return (request) => {
          counts.push(++calls);
          return next(request);
        };
      });
    },
  });
  await withKernel([counting], async (kernel) => {
    await kernel.serve(createGreeter());
    for (let n = 0; n < 3; n++) await kernel.client.call(service, "Say.Sync", { name: "x" });
    await kernel.client.call(service, "Say.Twice", { n: 1 });
    assert.is(composed, 2);
    assert.equal(counts, [1, 2, 3, 1]);
  });
});

test("a tap that returns nothing is named", async () => {
  const forgetful = definePlugin({
    name: "forgetful",
    setup: ({ hooks }) => void hooks.client.tap("forgetful", () => undefined as unknown as ClientNext),
  });
  await withKernel([forgetful], async (kernel) => {
    const error = await kernel.client.call("x", "A.B").catch((reason) => reason);
    assert.instance(error, TypeError);
    assert.match((error as Error).message, /"forgetful".*"client" hook/);
  });
});

test("an async tap is named, with why it cannot be one", async () => {
  const hasty = definePlugin({
    name: "hasty",
    setup: ({ hooks }) => void hooks.handler.tap("hasty", (async () => () => {}) as never),
  });
  await withKernel([hasty], async (kernel) => {
    const error = await kernel.serve(createGreeter()).catch((reason) => reason);
    assert.match((error as Error).message, /"hasty".*without waiting/);
  });
});

test("without a plugin that tries again a call is tried once", async () => {
  const seen: Attempt[] = [];
  await withKernel([failingTries(seen)], async (kernel) => {
    await register(kernel, ["a:1", "b:1"]);
    await kernel.client.call("elsewhere", "Say.Hello").catch(() => {});
    assert.is(seen.length, 1);
  });
});

test("a wrap that calls next again meets every other node before one is tried twice", async () => {
  const seen: Attempt[] = [];
  await withKernel([callsNext(4), failingTries(seen)], async (kernel) => {
    await register(kernel, ["a:1", "b:1", "c:1"]);
    await kernel.client.call("elsewhere", "Say.Hello").catch(() => {});

    assert.equal(
      seen.map(({ number }) => number),
      [1, 2, 3, 4],
    );
    assert.equal(new Set(seen.slice(0, 3).map(({ node }) => node.address)).size, 3);
    assert.is(seen[3]?.previous, seen[2]);
    assert.is(seen[0]?.previous, undefined);
    assert.is(seen[3]?.request.lastAttempt, seen[3]);
  });
});

test("a wrap may say that no node is to be tried twice", async () => {
  const seen: Attempt[] = [];
  const strict = definePlugin({
    name: "strict",
    setup({ hooks }) {
      hooks.client.tap("strict", (next) => (request) => {
        request.repeatsNodes = false;
        return next(request);
      });
    },
  });
  await withKernel([callsNext(4), strict, failingTries(seen)], async (kernel) => {
    await register(kernel, ["a:1", "b:1"]);
    const error = await kernel.client.call("elsewhere", "Say.Hello").catch((reason) => reason);
    assert.is((error as MicroError).reason, "none_available");
    assert.is(seen.length, 2);
  });
});

test("a wrap can tell a call that stays within the kernel as soon as next returned", async () => {
  const seen: boolean[] = [];
  const watching = definePlugin({
    name: "watching",
    setup({ hooks }) {
      hooks.client.tap("watching", (next) => (request) => {
        const answer = next(request);
        seen.push(request.isLocal);
        return answer;
      });
    },
  });
  for (const local of ["reference", "encode", false] as const) {
    const kernel = await startKernel({ plugins: [watching], local });
    try {
      await kernel.serve(createGreeter());
      await within(5000, "the call", kernel.client.call(service, "Say.Sync", { name: "x" }));
    } finally {
      await kernel.stop();
    }
  }
  assert.equal(seen, [true, true, false]);
});

test("a further try says its number to whoever it reaches, and to all that those call", async () => {
  const seen: (string | undefined)[] = [];
  let fails = true;
  const failOnce = definePlugin({
    name: "fail-once",
    setup({ hooks }) {
      hooks.attempt.tap("fail-once", (next) => (attempt) => {
        const failing = fails;
        fails = false;
        return failing ? Promise.reject(new Error("not this time")) : next(attempt);
      });
      hooks.handler.tap("fail-once", (next) => (context) => {
        seen.push(context.metadata["Micro-Attempt"]);
        return next(context);
      });
    },
  });
  await withKernel([callsNext(2), failOnce], async (kernel) => {
    await kernel.serve(createGreeter());
    await kernel.client.call(service, "Say.Relay", { method: "Say.Hello" });
    await kernel.client.call(service, "Say.Sync", { name: "x" });
    assert.equal(seen, ["2", "2", undefined]);
  });
});

test("the hooks are frozen", async () => {
  await withKernel([], async ({ hooks }) => {
    assert.throws(() => {
      (hooks as { client: unknown }).client = undefined;
    }, TypeError);
  });
});

test("advertise amends the record before it is registered", async () => {
  const zone = definePlugin({
    name: "zone",
    setup: ({ hooks }) =>
      void hooks.advertise.tapPromise("zone", async (record) => ({
        ...record,
        nodes: record.nodes.map((node) => ({ ...node, metadata: { ...node.metadata, zone: "a" } })),
      })),
  });
  await withKernel([zone], async (kernel) => {
    await kernel.serve(createGreeter());
    const [record] = await kernel.get("registry").getService(service);
    assert.is(record?.nodes[0]?.metadata.zone, "a");
  });
});

test("discovered tells of what comes and goes", async () => {
  const events: string[] = [];
  const watching = definePlugin({
    name: "watching",
    setup: ({ hooks }) =>
      void hooks.discovered.tap("watching", ({ action, service: { name } }) => void events.push(`${action} ${name}`)),
  });
  await withKernel([watching], async (kernel) => {
    const served = await kernel.serve(createGreeter());
    await kernel.unserve(served);
    assert.equal(events, [`create ${service}`, `delete ${service}`]);
  });
});

test.run();

/** Calls next so often, as long as it fails. */
function callsNext(times: number): Plugin {
  return definePlugin({
    name: "calls-next",
    setup({ hooks }) {
      hooks.client.tap("calls-next", (next) => async (request) => {
        for (let number = 1; ; number++) {
          try {
            return await next(request);
          } catch (error) {
            if (number === times) throw error;
          }
        }
      });
    },
  });
}

/** Every try fails before anything is dialled. */
function failingTries(seen: Attempt[]): Plugin {
  return definePlugin({
    name: "failing-tries",
    setup({ hooks }) {
      hooks.attempt.tap("failing-tries", () => async (attempt) => {
        seen.push(attempt);
        throw new Error("this try fails on purpose");
      });
    },
  });
}

async function register(kernel: Kernel, addresses: readonly string[]): Promise<void> {
  for (const address of addresses) {
    const node = { id: `elsewhere-${address}`, address, metadata: {} };
    const record = { name: "elsewhere", version: "1", metadata: {}, endpoints: [], nodes: [node] };
    await kernel.get("registry").register(record);
  }
}
