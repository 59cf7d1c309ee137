import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  type Config,
  definePlugin,
  defineService,
  type HandlerNext,
  type Kernel,
  MemoryTransport,
  type MicroError,
  type ServedService,
  type ServiceDefinition,
  startKernel,
} from "../src/index.ts";
import { eventually, within } from "../src/testing/index.ts";
import { override } from "./support/override.ts";

const test = suite("swapping the code of a service");

interface Served {
  readonly kernel: Kernel;
  readonly served: ServedService;
  call(method: string, input?: unknown): Promise<{ msg?: string }>;
}

async function serving(
  definition: ServiceDefinition,
  run: (served: Served) => Promise<void>,
  config: Config = {},
): Promise<void> {
  const kernel = await startKernel({ local: false, ...config }, { drainLimitMs: 100 });
  try {
    const served = await kernel.serve(definition);
    await run({ kernel, served, call: (method, input = {}) => kernel.client.call(definition.name, method, input) });
  } finally {
    await within(10_000, "the stop", kernel.stop());
  }
}

/** A gate that calls wait at. */
function gate() {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

const saying = (msg: string, more: Partial<ServiceDefinition> = {}) =>
  defineService({ name: "a", handlers: { Say: { Hello: () => ({ msg }) } }, ...more });

test("what comes after a swap runs on the new code, what was admitted before on the old", () => {
  const { opened, open } = gate();
  let begun = 0;
  const version = (msg: string) =>
    defineService({
      name: "a",
      handlers: {
        Say: {
          Hello: async () => {
            begun++;
            await opened;
            return { msg };
          },
        },
      },
    });
  return serving(version("old"), async ({ served, call }) => {
    const before = call("Say.Hello");
    await eventually(2000, "the call began", () => begun === 1);

    const swap = await served.swap(version("new"));
    const after = call("Say.Hello");
    await eventually(2000, "the second call began", () => begun === 2);
    assert.is(swap.inFlight, 1);
    assert.is(swap.announced, false);
    assert.ok(swap.at <= performance.now());

    open();
    assert.is((await before).msg, "old");
    assert.is((await after).msg, "new");
    assert.is(await swap.drained, 0);
  });
});

test("a call that a wrap holds back runs on the code that admitted it", async () => {
  const { opened, open } = gate();
  let held = 0;
  const holding = definePlugin({
    name: "holding",
    setup: ({ hooks }) =>
      hooks.handler.tap("holding", (next: HandlerNext) => async (context) => {
        held++;
        if (held === 1) await opened;
        return next(context);
      }),
  });
  await serving(
    saying("old"),
    async ({ served, call }) => {
      const before = call("Say.Hello");
      await eventually(2000, "the call is held", () => held === 1);
      const swap = await served.swap(saying("new"));
      assert.is((await call("Say.Hello")).msg, "new");
      open();
      assert.is((await before).msg, "old");
      assert.is(await swap.drained, 0);
    },
    { plugins: [holding] },
  );
});

test("wraps are made once and keep their state over swaps", async () => {
  let made = 0;
  const counting = definePlugin({
    name: "counting",
    setup: ({ hooks }) =>
      hooks.handler.tap("counting", (next: HandlerNext, route) => {
        if (route.method !== "Say.Hello") return next;
        made++;
        let calls = 0;
        return async (context) => ({ ...((await next(context)) as object), calls: ++calls });
      }),
  });
  await serving(
    saying("one"),
    async ({ served, call }) => {
      assert.equal(await call("Say.Hello"), { msg: "one", calls: 1 });
      await served.swap(saying("two"));
      assert.equal(await call("Say.Hello"), { msg: "two", calls: 2 });
      assert.is(made, 1);
    },
    { plugins: [counting] },
  );
});

test("methods come and go, and one may become a stream", () =>
  serving(
    defineService({
      name: "a",
      handlers: { Say: { Stays: () => ({ msg: "1" }), Goes: () => ({}), Turns: () => ({}) } },
    }),
    async ({ kernel, served, call }) => {
      const { announced } = await served.swap(
        defineService({
          name: "a",
          handlers: {
            Say: {
              Stays: () => ({ msg: "2" }),
              Comes: () => ({ msg: "new" }),
              async *Turns() {
                yield { msg: "streamed" };
              },
            },
          },
        }),
      );
      assert.is(announced, true);
      assert.is((await call("Say.Stays")).msg, "2");
      assert.is((await call("Say.Comes")).msg, "new");
      const error = await call("Say.Goes").catch((reason) => reason);
      assert.is(error.code, 404);
      const items: unknown[] = [];
      for await (const item of kernel.client.stream("a", "Say.Turns", {})) items.push(item);
      assert.equal(items, [{ msg: "streamed" }]);
      const [record] = await kernel.get("registry").getService("a");
      assert.equal(
        record?.endpoints.map(({ name }) => name),
        ["Say.Stays", "Say.Comes", "Say.Turns"],
      );
    },
  ));

test("a stream that was opened before goes on on the old code", () => {
  const { opened, open } = gate();
  const counting = (text: string) =>
    defineService({
      name: "a",
      handlers: {
        Say: {
          async *Count() {
            yield { msg: `${text} 1` };
            await opened;
            yield { msg: `${text} 2` };
          },
        },
      },
    });
  return serving(counting("old"), async ({ kernel, served }) => {
    const items: unknown[] = [];
    const reading = (async () => {
      for await (const item of kernel.client.stream("a", "Say.Count", {})) items.push((item as { msg: string }).msg);
    })();
    await eventually(2000, "the first item", () => items.length === 1);
    const { drained, inFlight } = await served.swap(counting("new"));
    open();
    await within(2000, "the end of the stream", reading);
    assert.equal(items, ["old 1", "old 2"]);
    assert.is(inFlight, 1);
    assert.is(await drained, 0);
  });
});

test("messages go to the new subscriber without a new subscription, unless topic or queue change", async () => {
  const got: string[] = [];
  let subscriptions = 0;
  const on = (text: string, topics: Readonly<Record<string, string | undefined>>) =>
    defineService({
      name: "a",
      subscribers: Object.fromEntries(
        Object.entries(topics).map(([topic, queue]) => [
          topic,
          { ...(queue === undefined ? {} : { queue }), handler: () => void got.push(`${text} ${topic}`) },
        ]),
      ),
    });
  const watching = definePlugin({
    name: "watching",
    setup: ({ hooks, get }) =>
      hooks.start.tap("watching", () => {
        const broker = get("broker");
        const { subscribe } = broker;
        broker.subscribe = (...args) => {
          subscriptions++;
          return subscribe.apply(broker, args);
        };
      }),
  });
  await serving(
    on("old", { stays: "q", goes: undefined, turns: "one" }),
    async ({ kernel, served }) => {
      assert.is(subscriptions, 3);
      const swap = await served.swap(on("new", { stays: "q", comes: undefined, turns: "two" }));
      assert.is(subscriptions, 5);
      assert.is(swap.announced, true);
      for (const topic of ["stays", "goes", "comes", "turns"]) await kernel.client.publish(topic, {});
      await eventually(2000, "the messages", () => got.length >= 3);
      await sleep(20);
      assert.equal([...got].sort(), ["new comes", "new stays", "new turns"]);
    },
    { plugins: [watching] },
  );
});

test("old code is stopped only when no message can come to it any more", async () => {
  const { opened, open } = gate();
  const log: string[] = [];
  const slowToLeave = definePlugin({
    name: "slow-to-leave",
    setup: ({ hooks, get }) =>
      hooks.start.tap("slow-to-leave", () => {
        const broker = get("broker");
        const { subscribe } = broker;
        broker.subscribe = async (...args) => {
          const subscription = await subscribe.apply(broker, args);
          return override(subscription, {
            close: async () => {
              await opened;
              log.push("left");
              await subscription.close();
            },
          });
        };
      }),
  });
  const old = saying("old", { subscribers: { topic: () => {} }, stop: () => void log.push("stopped") });
  await serving(
    old,
    async ({ served }) => {
      const swapping = served.swap(saying("new"));
      await eventually(2000, "the new code", () => served.definition.subscribers === undefined);
      await sleep(20);
      open();
      const { drained } = await swapping;
      await drained;
      assert.equal(log, ["left", "stopped"]);
    },
    { plugins: [slowToLeave] },
  );
});

test("a registry that is down keeps the new code from nothing else, and the next swap announces", async () => {
  const got: unknown[] = [];
  let isDown = false;
  const failing = definePlugin({
    name: "failing",
    setup: ({ hooks, get }) =>
      hooks.start.tap("failing", () => {
        const registry = get("registry");
        const { register } = registry;
        registry.register = async (record) => {
          if (isDown) throw new Error("the registry is down");
          await register.call(registry, record);
        };
      }),
  });
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  await serving(
    saying("old"),
    async ({ kernel, served, call }) => {
      isDown = true;
      const changed = saying("new", { subscribers: { topic: (message) => void got.push(message) } });
      assert.is((await served.swap(changed)).announced, false);
      assert.is((await call("Say.Hello")).msg, "new");
      await kernel.client.publish("topic", { n: 1 });
      await eventually(2000, "the message", () => got.length === 1);

      isDown = false;
      assert.is((await served.swap(changed)).announced, true);
    },
    { plugins: [failing], log },
  );
});

test("another version takes the place of the old one in the registry, on the same node", () =>
  serving(saying("one"), async ({ kernel, served, call }) => {
    const before = served.record;
    const { announced } = await served.swap(saying("two", { version: "2.0.0" }));
    assert.is(announced, true);
    const records = await kernel.get("registry").getService("a");
    assert.equal(
      records.map(({ version }) => version),
      ["2.0.0"],
    );
    assert.is(records[0]?.nodes[0]?.id, before?.nodes[0]?.id);
    assert.is(records[0]?.nodes[0]?.address, before?.nodes[0]?.address);
    assert.is((await call("Say.Hello")).msg, "two");
  }));

test("a start that fails or never ends keeps the old code serving and is taken back", () => {
  const stopped: string[] = [];
  return serving(saying("old"), async ({ served, call }) => {
    const failing = saying("new", {
      start: () => {
        throw new Error("no database");
      },
      stop: () => void stopped.push("failing"),
    });
    const error = await served.swap(failing).catch((reason: Error) => reason);
    assert.match((error as Error).message, "no database");

    const hanging = saying("new", { start: () => new Promise(() => {}), stop: () => void stopped.push("hanging") });
    const late = await served.swap(hanging, { startLimitMs: 30 }).catch((reason: Error) => reason);
    assert.match((late as Error).message, /start of "a" took longer than 30 ms/);

    assert.equal(stopped, ["failing", "hanging"]);
    assert.is((await call("Say.Hello")).msg, "old");
    await served.swap(saying("third"));
    assert.is((await call("Say.Hello")).msg, "third");
  });
});

test("the old code stops once, after its last call, and its signal aborts", () => {
  const { opened, open } = gate();
  const log: string[] = [];
  let signal: AbortSignal | undefined;
  const old = defineService({
    name: "a",
    handlers: {
      Say: {
        Hello: async () => {
          log.push("call");
          await opened;
          log.push("answer");
          return {};
        },
      },
    },
    start: (context) => {
      signal = context.signal;
    },
    stop: () => void log.push("stop"),
  });
  return serving(old, async ({ kernel, served, call }) => {
    const pending = call("Say.Hello");
    await eventually(2000, "the call began", () => log.length === 1);
    const { drained } = await served.swap(saying("new"));
    assert.is(signal?.aborted, false);
    open();
    await pending;
    await drained;
    assert.is(signal?.aborted, true);
    await kernel.unserve(served);
    assert.equal(log, ["call", "answer", "stop"]);
  });
});

test("code that was replaced takes calls that are meant for it until it has none", async () => {
  const { opened, open } = gate();
  const log: string[] = [];
  const version = (msg: string) =>
    defineService({
      name: "a",
      handlers: { Say: { Hello: () => ({ msg }), Wait: () => opened.then(() => ({ msg })) } },
      stop: () => void log.push(`stop ${msg}`),
    });
  const old = new MemoryTransport();
  const way = definePlugin({
    name: "way",
    setup: ({ hooks }) =>
      hooks.dial.tap("way", (next) => (to) => (to.address.startsWith("old:") ? old.dial(to.address, to) : next(to))),
  });
  await serving(
    version("old"),
    async ({ kernel, served, call }) => {
      const pending = call("Say.Wait");
      // What was sent first came first.
      await call("Say.Hello");
      const { replaced, drained } = await served.swap(version("new"));
      assert.is(replaced.calls, 1);
      const { address } = await old.listen({ address: "old:0" }, (exchange) => replaced.accept(exchange));
      const onOld = (method: string): Promise<unknown> => kernel.client.call("a", method, {}, { address });
      assert.equal(await onOld("Say.Hello"), { msg: "old" });
      assert.is((await call("Say.Hello")).msg, "new");
      assert.is((await onOld("Say.None").catch((error: MicroError) => error.code)) as unknown, 404);

      const late = onOld("Say.Wait");
      await eventually(2000, "the second call", () => replaced.calls === 2);
      open();
      assert.equal([await pending, await late], [{ msg: "old" }, { msg: "old" }]);
      assert.is(await within(2000, "the drain", drained), 0);
      assert.equal([replaced.calls, log], [0, ["stop old"]]);
      const refused = await onOld("Say.Hello").catch((error: MicroError) => error);
      assert.equal([(refused as MicroError).code, (refused as MicroError).detail], [409, "that version has drained"]);
    },
    { plugins: [way] },
  );
});

test("calls on old code are called off at the limit", () => {
  let aborted = false;
  let begun = false;
  const old = defineService({
    name: "a",
    handlers: {
      Say: {
        Hello: async (_input: unknown, { signal }) => {
          begun = true;
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          aborted = true;
          return {};
        },
      },
    },
  });
  return serving(old, async ({ served, call }) => {
    const pending = call("Say.Hello").then(
      () => undefined,
      (reason: Error) => reason,
    );
    await eventually(2000, "the call began", () => begun);
    const { drained } = await served.swap(saying("new"), { drainLimitMs: 30 });
    assert.is(await within(2000, "the drain", drained), 1);
    assert.is(aborted, true);
    assert.match((await pending)?.message ?? "", "stopped before the call ended");
    assert.is((await call("Say.Hello")).msg, "new");
  });
});

test("swaps run one after the other, and the last one stays", () => {
  const order: string[] = [];
  const version = (text: string, ms: number) =>
    saying(text, {
      start: async () => {
        order.push(`${text} begins`);
        await sleep(ms);
        order.push(`${text} began`);
      },
    });
  return serving(saying("old"), async ({ served, call }) => {
    await Promise.all([served.swap(version("slow", 30)), served.swap(version("fast", 0))]);
    assert.equal(order, ["slow begins", "slow began", "fast begins", "fast began"]);
    assert.is((await call("Say.Hello")).msg, "fast");
  });
});

test("another name is no swap, and a service that ended takes none", () =>
  serving(saying("old"), async ({ kernel, served }) => {
    const other = await served.swap({ ...saying("new"), name: "b" }).catch((reason: Error) => reason);
    assert.match((other as Error).message, '"a" cannot become "b"');

    await kernel.unserve(served);
    let stops = 0;
    const late = await served.swap(saying("late", { stop: () => void stops++ })).catch((reason: Error) => reason);
    assert.match((late as Error).message, "was stopped meanwhile");
    assert.is(stops, 1);
  }));

test("a stop during the start of new code leaves nothing of it", () => {
  const { opened, open } = gate();
  let stops = 0;
  let starting = false;
  return serving(saying("old"), async ({ kernel, served }) => {
    const start = () => {
      starting = true;
      return opened;
    };
    const swapping = served.swap(saying("new", { start, stop: () => void stops++ })).catch((reason: Error) => reason);
    await eventually(2000, "the start", () => starting);
    await kernel.unserve(served);
    open();
    assert.match(((await swapping) as Error).message, "was stopped meanwhile");
    assert.is(stops, 1);
    assert.equal(await kernel.get("registry").getService("a"), []);
  });
});

test("calls inside the kernel run on the new code too", () =>
  serving(
    saying("old"),
    async ({ served, call }) => {
      assert.is((await call("Say.Hello")).msg, "old");
      await served.swap(saying("new"));
      assert.is((await call("Say.Hello")).msg, "new");
    },
    { local: "encode" },
  ));

test.run();
