import {
  createMemoryNetwork,
  defineService,
  type Kernel,
  MicroError,
  memory,
  type Plugin,
  startKernel,
} from "@micro/kernel";
import { eventually, testPlugin, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { wrapperRatelimit } from "../src/index.ts";

const test = suite("the plugin");
const limitMs = 10_000;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
/** So slow that no token comes while a test runs. */
const slow = { rate: 1, burst: 2 };

test("calls over the client's limit fail with the error of 2016 and are not sent, and without the plugin all are", async () => {
  await withGreeter({ caller: [wrapperRatelimit({ client: slow })] }, async ({ call, runs }) => {
    const ends = await settled(10, () => call("Say.Hello"));
    assert.is(ends.filter(MicroError.is).length, 8);
    assert.is(runs.hello, 2);
    const error = ends.at(-1) as MicroError;
    assert.equal(error.toJSON(), {
      id: "go.micro.client",
      code: 429,
      detail: "too many request",
      status: "Too Many Requests",
    });
    assert.equal([error.reason, error.notProcessed], ["rate_limited", true]);
    assert.ok((error.retryAfterMs ?? 0) > 0);
  });
  await withGreeter({}, async ({ call, runs }) => {
    assert.equal((await settled(10, () => call("Say.Hello"))).filter(MicroError.is), []);
    assert.is(runs.hello, 10);
  });
});

test("a server refuses what is over its limit with the id of 2016, whoever calls", async () => {
  await withGreeter({ server: [wrapperRatelimit({ handler: slow })] }, async ({ call, runs }) => {
    const errors = (await settled(10, () => call("Say.Hello"))).filter(MicroError.is);
    assert.is(errors.length, 8);
    assert.is(runs.hello, 2);
    assert.equal([errors[0]?.id, errors[0]?.code, errors[0]?.detail], ["go.micro.server", 429, "too many request"]);
  });
});

test("the methods of a service have one limit together, or each its own", async () => {
  for (const side of ["client", "handler"] as const) {
    for (const [per, refused] of [
      ["service", 2],
      ["method", 0],
    ] as const) {
      const plugin = wrapperRatelimit({ [side]: { ...slow, per } });
      await withGreeter({ [side === "client" ? "caller" : "server"]: [plugin] }, async ({ call }) => {
        const ends = [...(await settled(2, () => call("Say.Hello"))), ...(await settled(2, () => call("Say.Bye")))];
        assert.is(ends.filter(MicroError.is).length, refused, `${side} ${per}`);
      });
    }
  }
});

test("the health of a service at its limit can be asked", async () => {
  await withGreeter({ server: [wrapperRatelimit({ handler: slow })] }, async ({ call }) => {
    await settled(5, () => call("Say.Hello"));
    const ends = await settled(5, () => call("Debug.Health"));
    assert.equal(ends.filter(MicroError.is), []);
  });
});

test("who may wait has its turn in order, and all are answered", async () => {
  for (const plugins of [
    { caller: [wrapperRatelimit({ client: { rate: 100, burst: 1, wait: true } })] },
    { server: [wrapperRatelimit({ handler: { rate: 100, burst: 1, wait: true } })] },
  ]) {
    await withGreeter(plugins, async ({ call }) => {
      const order: number[] = [];
      const start = performance.now();
      await Promise.all([1, 2, 3, 4, 5].map((n) => call("Say.Hello").then(() => order.push(n))));
      assert.equal(order, [1, 2, 3, 4, 5]);
      // Four turns of ten milliseconds; a timer may be early by one.
      assert.ok(performance.now() - start >= 36, "they did not all go at once");
    });
  }
});

test("nobody waits for a turn that comes after the deadline", async () => {
  const plugin = wrapperRatelimit({ client: { ...slow, wait: true } });
  await withGreeter({ caller: [plugin] }, async ({ kernel, runs }) => {
    const call = () => kernel.client.call("greeter", "Say.Hello", {}, { timeout: "200ms" });
    const ends = await settled(4, call);
    assert.equal(
      ends.map((end) => (MicroError.is(end) ? end.reason : "answer")),
      ["answer", "answer", "rate_limited", "rate_limited"],
    );
    assert.is(runs.hello, 2);
  });
});

test("whoever gives up while waiting gets a 408, is not sent, and leaves the turn to the next one", async () => {
  const plugin = wrapperRatelimit({ client: { rate: 10, burst: 1, wait: true } });
  await withGreeter({ caller: [plugin] }, async ({ kernel, call, runs }) => {
    await call("Say.Hello");
    const giveUp = new AbortController();
    const given = Array.from({ length: 30 }, () =>
      kernel.client.call("greeter", "Say.Hello", {}, { signal: giveUp.signal }),
    );
    const ends = Promise.all(given.map((one) => one.catch((error: unknown) => error)));
    giveUp.abort();
    for (const end of await within(limitMs, "the ends", ends)) {
      assert.ok(MicroError.is(end));
      assert.equal([end.code, end.reason, end.notProcessed], [408, "cancelled", true]);
    }
    assert.is(runs.hello, 1);
    // Thirty turns that nobody took would be three seconds, which is longer than this call may take.
    await within(limitMs, "the next", kernel.client.call("greeter", "Say.Hello", {}, { timeout: "1s" }));
  });
});

test("no more than a number may wait, and the end of the kernel ends all waiting", async () => {
  const plugin = wrapperRatelimit({ client: { ...slow, wait: true }, maxWaiting: 3 });
  await withGreeter({ caller: [plugin] }, async ({ kernel }) => {
    const refused: unknown[] = [];
    const calls = Array.from({ length: 10 }, () =>
      kernel.client
        .call("greeter", "Say.Hello", {}, { timeout: 0 })
        .catch((error: MicroError) => refused.push(error.reason)),
    );
    await eventually(limitMs, "five refusals", () => refused.length === 5);
    await within(limitMs, "the stop", kernel.stop());
    await within(limitMs, "the ends", Promise.all(calls));
    assert.equal(refused, Array(8).fill("rate_limited"));
  });
});

test("a stream counts once, waits for its turn and is refused like a call", async () => {
  for (const wait of [true, false]) {
    const plugin = wrapperRatelimit({ handler: { rate: 50, burst: 1, wait } });
    await withGreeter({ server: [plugin] }, async ({ kernel }) => {
      const read = async () => {
        const items: unknown[] = [];
        for await (const item of kernel.client.stream("greeter", "Say.Count", {})) items.push(item);
        return items.length;
      };
      const ends = await settled(2, read);
      assert.is(ends[0], 3);
      if (wait) assert.is(ends[1], 3);
      else assert.is((ends[1] as MicroError).code, 429);
    });
  }
});

test("its flags say what its options say, go before them, and have their ranges", async () => {
  const options = { client: { rate: 5, burst: 6, wait: true }, handler: { rate: 7, burst: 8 } };
  const started = startKernel({ plugins: [wrapperRatelimit(options)], log: quiet }, { flags: { server_rate: "9" } });
  const kernel = await within(limitMs, "the start", started);
  try {
    const names = [
      "client_rate",
      "client_burst",
      "client_rate_wait",
      "server_rate",
      "server_burst",
      "server_rate_wait",
    ];
    assert.equal(
      names.map((name) => kernel.settings.get(name)),
      [5, 6, true, 9, 8, false],
    );
  } finally {
    await within(limitMs, "the stop", kernel.stop());
  }
  for (const flags of [{ client_rate: "-1" }, { server_burst: "1000001" }] as readonly Record<string, string>[]) {
    const [name] = Object.keys(flags) as [string];
    const error = await startKernel({ plugins: [wrapperRatelimit()] }, { flags }).catch((reason: unknown) => reason);
    assert.match(String(error), name);
  }
});

test("an option out of its range is named", async () => {
  for (const [options, expected] of [
    [{ client: { per: "node" as "method" } }, /"service" or "method"/],
    [{ maxWaiting: -1 }, /maxWaiting/],
  ] as const) {
    const error = await startKernel({ plugins: [wrapperRatelimit(options)], log: quiet }).catch((reason) => reason);
    assert.match(String(error), expected);
  }
});

testPlugin({ test, plugin: () => wrapperRatelimit({ client: { rate: 10 }, handler: { rate: 10 } }) });

interface Greeter {
  /** The one that calls. */
  readonly kernel: Kernel;
  readonly runs: { hello: number };
  call(method: string): Promise<unknown>;
}

/** Runs with two kernels on one network: one serves, one calls. */
async function withGreeter(
  { server = [], caller = [] }: { readonly server?: readonly Plugin[]; readonly caller?: readonly Plugin[] },
  run: (greeter: Greeter) => Promise<void>,
): Promise<void> {
  const network = createMemoryNetwork();
  const runs = { hello: 0 };
  const greeter = defineService({
    name: "greeter",
    handlers: {
      Say: {
        Hello: () => ({ runs: ++runs.hello }),
        Bye: () => ({}),
        async *Count() {
          for (let n = 0; n < 3; n++) yield { n };
        },
      },
    },
  });
  const start = (plugins: readonly Plugin[]) =>
    within(limitMs, "the start", startKernel({ plugins: [memory({ network }), ...plugins], log: quiet }));
  const serving = await start(server);
  const kernel = await start(caller);
  try {
    await serving.serve(greeter);
    const call = (method: string) => within(limitMs, "the call", kernel.client.call("greeter", method, {}));
    await run({ kernel, runs, call });
  } finally {
    await within(limitMs, "the stop", kernel.stop());
    await within(limitMs, "the stop", serving.stop());
  }
}

/** What calls that start together end with: their answers or errors. */
function settled(count: number, call: () => Promise<unknown>): Promise<unknown[]> {
  return Promise.all(Array.from({ length: count }, () => call().catch((error: unknown) => error)));
}

test.run();
