import { codecJsonRpc } from "@micro/codec-json-rpc";
import {
  type ClientRequest,
  createMemoryNetwork,
  definePlugin,
  type Kernel,
  MicroError,
  memory,
  method,
  type Plugin,
  startKernel,
} from "@micro/kernel";
import { eventually, within } from "@micro/kernel/testing";
import { transportHttp } from "@micro/transport-http";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type RetryOptions, retry } from "../src/index.ts";
import { failure, limitMs, quiet, withCaller } from "./support/caller.ts";
import { type Conduct, RawNode } from "./support/raw-node.ts";

const test = suite("how much is tried again");

test("with 0 or 1 retries an idempotent call is made exactly once, with 3 three times", async () => {
  for (const [retries, runs] of [
    [0, 1],
    [1, 1],
    [3, 3],
  ] as const) {
    await withNode("runs and closes", async (node) => {
      await withCaller([retry({ retries, busyPause: 0 })], [node.address], async ({ call }) => {
        assert.is((await failure(call("Say.Again", "x"))).reason, "connection_lost");
      });
      assert.is(node.ledger.get("x"), runs);
    });
  }
});

for (const retries of [-1, Number.NaN, 1e9, 6, 1.5]) {
  test(`${retries} retries are refused when the kernel is made`, async () => {
    assert.match(await outcomeOf({ retries }), "client_retries");
    assert.match(await outcomeOf({ retries }), "a whole number from 0 to 5");
  });
}

test("other options out of their range are refused when the kernel starts", async () => {
  const wrong: readonly RetryOptions[] = [
    { budget: 2 },
    { budget: Number.NaN },
    { minPerSecond: -1 },
    { minPerSecond: Number.NaN },
    { window: 0 },
    { window: "soon" },
    { maxTries: 0 },
    { maxBodyBytes: -1 },
    { concurrency: 2 },
    { pause: -1 },
  ];
  for (const options of wrong) assert.match(await outcomeOf(options), /retry|soon/, JSON.stringify(options));
});

test("when a node fails every call, the budget bounds what is tried again", async () => {
  for (const [options, most] of [
    [{ minPerSecond: 0 }, 240],
    [{ minPerSecond: 0, budget: 0 }, 200],
    [{ minPerSecond: 1 }, 250],
  ] as const) {
    await withNode("runs and says 503", async (node) => {
      await withCaller([retry({ retries: 3, busyPause: 0, ...options })], [node.address], async ({ call }) => {
        for (let number = 0; number < 200; number++) await failure(call("Say.Again", "x"));
      });
      assert.ok(node.requests <= most, `${node.requests} requests for 200 calls`);
      assert.ok(node.requests >= most - 5, `the budget is used: ${node.requests}`);
    });
  }
});

test("so many are under way at once and no more", async () => {
  let running = 0;
  let most = 0;
  const slow = definePlugin({
    name: "slow",
    setup({ hooks }) {
      hooks.attempt.tap("slow", () => async ({ number }) => {
        if (number === 1) throw new MicroError("greeter", 503, "busy");
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 20));
        running--;
        throw new MicroError("greeter", 503, "busy");
      });
    },
  });
  const options = { retries: 2, busyPause: 0, minPerSecond: 1e6 };
  for (const [minConcurrent, expected] of [
    [3, 3],
    [8, 8],
  ] as const) {
    most = 0;
    await withCaller(
      [retry({ ...options, minConcurrent, concurrency: 0 }), sentMessages, slow],
      ["a:1"],
      async (caller) => {
        await Promise.all(Array.from({ length: 20 }, () => failure(caller.call("Say.Again", "x"))));
      },
    );
    assert.is(most, expected);
  }
});

test("what never left is not held against the budget", async () => {
  await withNode("answers", async (node) => {
    await withCaller([retry({ minPerSecond: 0, budget: 0 })], ["127.0.0.1:1", node.address], async ({ call }) => {
      for (let number = 0; number < 20; number++) await call("Say.Hello", String(number));
    });
  });
});

test("a Retry-After is waited for, and one beyond the deadline ends the call with what the node said", async () => {
  await withNode("refuses for a second", async (node) => {
    await withCaller([retry()], [node.address], async ({ call }) => {
      const error = await failure(call("Say.Hello", "x", { timeout: 900 }));
      assert.equal([error.code, error.retryAfterMs, node.requests], [503, 1000, 1]);

      const startedAt = performance.now();
      const waiting = call("Say.Hello", "y", { timeout: "10s" });
      await eventually(limitMs, "the second request", () => node.requests === 2);
      node.conduct = () => "answers";
      assert.equal(await waiting, { msg: "hello" });
      assert.ok(performance.now() - startedAt >= 990);
    });
  });
});

test("a Retry-After of one node keeps nobody from asking another one at once", async () => {
  await withNode("refuses for a second", async (node) => {
    await withNode("answers", async (other) => {
      await withCaller([retry()], [node.address, other.address], async ({ call }) => {
        for (let n = 0; n < 10; n++) {
          const startedAt = performance.now();
          assert.equal(await call("Say.Hello", `${n}`, { timeout: "10s" }), { msg: "hello" });
          assert.ok(performance.now() - startedAt < 900);
        }
        assert.ok(node.requests > 0, "the one that refuses was asked");
      });
    });
  });
});

test("calling off ends a pause at once, and so does the end of the kernel, with what the node said", async () => {
  await withNode("refuses for an hour", async (node) => {
    await withCaller([retry()], [node.address], async ({ kernel, call }) => {
      const controller = new AbortController();
      const aborted = failure(call("Say.Hello", "x", { timeout: 0, signal: controller.signal }));
      await eventually(limitMs, "the request", () => node.requests === 1);
      await turns();
      controller.abort();
      assert.is((await aborted).reason, "cancelled");

      const stopped = failure(call("Say.Hello", "y", { timeout: 0 }));
      await eventually(limitMs, "the request", () => node.requests === 2);
      await turns();
      await within(limitMs, "the stop", kernel.stop());
      assert.is((await stopped).code, 503);
      assert.is(node.requests, 2);
    });
  });
});

test("an error of a handler's own call is not tried again by the hops above, so the load grows once", async () => {
  const naive = await loadOfThreeHops(() => naiveRetry);
  const ours = await loadOfThreeHops(() => retry({ retries: 3, busyPause: 0, minPerSecond: 0 }));

  assert.is(naive, 27 * stormCalls, "each hop of a naive retry multiplies by three");
  assert.ok(ours <= 1.25 * stormCalls, `${ours} for ${stormCalls} calls`);
  assert.ok(ours > 1.1 * stormCalls, `the last hop does try again: ${ours}`);
});

test("what is called for a repeated request is not repeated again", async () => {
  const own = { error: () => new MicroError("hop.c", 503, "no") };
  const load = await loadOfThreeHops(
    () => retry({ retries: 3, busyPause: 0, minPerSecond: 1e6, minConcurrent: 1e6 }),
    own,
  );
  // The first request of b to c is tried three times at c, and the two repeated ones once each.
  assert.is(load, 5 * stormCalls);
});

test("a service that took over a port runs nothing that was meant for the one before", async () => {
  const network = createMemoryNetwork();
  const plugins = [memory({ network }), transportHttp(), codecJsonRpc()];
  const ran: string[] = [];
  const say = (name: string) => ({ name, handlers: { Say: { Hello: () => ran.push(name) && { msg: name } } } });
  const kernels: Kernel[] = [];
  try {
    for (let number = 0; number < 3; number++) {
      const retries = number === 2 ? [retry()] : [];
      kernels.push(await startKernel({ plugins: [...plugins, ...retries], log: quiet }));
    }
    const [stranger, owner, caller] = kernels as [Kernel, Kernel, Kernel];
    const wrong = await stranger.serve(say("other"), { address: "127.0.0.1:0" });
    const right = await owner.serve(say("greeter"), { address: "127.0.0.1:0" });
    const stale = { id: "greeter-stale", address: wrong.address, metadata: right.metadata };
    await caller.get("registry").register({ ...(right.record as NonNullable<typeof right.record>), nodes: [stale] });
    const call = (options = {}) => caller.client.call("greeter", "Say.Hello", {}, { timeout: "10s", ...options });

    for (let number = 0; number < 30; number++)
      assert.equal(await within(limitMs, "a call", call()), { msg: "greeter" });
    assert.equal([...new Set(ran)], ["greeter"]);

    await call({ address: wrong.address });
    assert.is(ran.at(-1), "other", "a call by address of the protocol of 2016 names nobody");
    const error = await failure(call({ address: wrong.address, protocol: "mucp" }));
    assert.equal([error.code, error.reason, error.notProcessed], [421, "wrong_service", true]);
  } finally {
    for (const kernel of kernels) await within(limitMs, "the stop", kernel.stop());
  }
});

const stormCalls = 400;

/** How many calls reach the last of three services that hand each call on to the next, when that fails them all. */
async function loadOfThreeHops(
  retrying: () => Plugin,
  { error = () => new MicroError("hop.d", 503, "overloaded") }: { readonly error?: () => MicroError } = {},
): Promise<number> {
  let load = 0;
  const network = createMemoryNetwork();
  const handOn = (name: string, next: string) => ({
    name,
    handlers: {
      Hop: {
        Go: method({ idempotent: true }, (_: unknown, { client }) => client.call(next, "Hop.Go")),
      },
    },
  });
  const last = {
    name: "hop.d",
    handlers: {
      Hop: {
        Go: method({ idempotent: true }, () => {
          load++;
          throw new MicroError("hop.d", 503, "overloaded");
        }),
      },
    },
  };
  const ownError = definePlugin({
    name: "own-error",
    setup: ({ hooks }) =>
      hooks.handler.tap("own-error", (next, { owner }) => async (context) => {
        try {
          return await next(context);
        } catch (failed) {
          throw owner.name === "hop.c" ? error() : failed;
        }
      }),
  });
  const kernels: Kernel[] = [];
  try {
    for (const service of [handOn("hop.b", "hop.c"), handOn("hop.c", "hop.d"), last, undefined]) {
      const plugins = [memory({ network }), retrying(), ownError];
      const kernel = await startKernel({ plugins, log: quiet }, { drainLimitMs: 100 });
      kernels.push(kernel);
      if (service !== undefined) await kernel.serve(service);
    }
    const caller = kernels.at(-1) as Kernel;
    for (let number = 0; number < stormCalls; number++) {
      await failure(within(limitMs, "a call", caller.client.call("hop.b", "Hop.Go", {}, { timeout: "20s" })));
    }
    return load;
  } finally {
    for (const kernel of kernels) await within(limitMs, "the stop", kernel.stop());
  }
}

/** What everybody writes first: three tries of whatever failed. */
const naiveRetry = definePlugin({
  name: "retry",
  setup({ hooks }) {
    hooks.client.tap("retry", (next) => async (request: ClientRequest) => {
      for (let number = 1; ; number++) {
        try {
          return await next(request);
        } catch (error) {
          if (number === 3) throw error;
        }
      }
    });
  },
});

/** Says of every try that its message went out, where a test stands in for the sending. */
const sentMessages = definePlugin({
  name: "sent-messages",
  setup: ({ hooks }) =>
    hooks.attempt.tap("sent-messages", (next) => (attempt) => {
      attempt.sent = { isReused: false, bytes: 1 };
      return next(attempt);
    }),
});

async function withNode(conduct: Conduct, run: (node: RawNode) => Promise<void>): Promise<void> {
  const node = await RawNode.listen(conduct);
  try {
    await run(node);
  } finally {
    await node.close();
  }
}

async function outcomeOf(options: RetryOptions): Promise<string> {
  try {
    const kernel = await startKernel({ plugins: [retry(options)], log: quiet });
    await kernel.stop();
    return "started";
  } catch (error) {
    return String(error);
  }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
}

test.run();
