import { codecJsonRpc } from "@micro/codec-json-rpc";
import { createMemoryNetwork, type Kernel, MicroError, memory, type Plugin, startKernel } from "@micro/kernel";
import { within } from "@micro/kernel/testing";
import { selectorCache } from "@micro/selector-cache";
import { transportHttp } from "@micro/transport-http";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { selectorP2c } from "../src/index.ts";

const test = suite("the p2c selector in a kernel");

const limitMs = 15_000;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

for (const [what, plugins] of [
  ["by itself", []],
  ["over the cache", [selectorCache()]],
] as const) {
  test(`${what}, a slow node gets few calls of those that follow the first ones`, async () => {
    await withFleet("p2c", plugins, async ({ answers }) => {
      await answers(40);
      const { slow } = await answers(100);
      // On a busy machine the others are slow at times as well.
      assert.ok(slow <= 12, `${slow} of 100 calls met the slow node`);
    });
  });
}

test("at random the slow node gets its third", async () => {
  await withFleet("random", [], async ({ answers }) => {
    assert.ok((await answers(100)).slow >= 20);
  });
});

test("a node that refuses calls gets fewer than its share", async () => {
  await withFleet("p2c", [], async ({ caller, answers }) => {
    await answers(40);
    let refused = 0;
    for (let count = 0; count < 100; count++) {
      await call(caller, "Refuse").catch((error: unknown) => {
        if (MicroError.is(error) && error.code === 429) refused++;
        else throw error;
      });
    }
    assert.ok(refused <= 10, `${refused} of 100 calls met the node that refuses`);
  });
});

test("over the cache it goes on while the registry fails", async () => {
  await withFleet("p2c", [selectorCache({ ttl: "10ms" })], async ({ caller, answers }) => {
    await answers(10);
    caller.get("registry").getService = () => Promise.reject(new Error("gone"));
    await new Promise((resolve) => setTimeout(resolve, 50));

    await answers(10);
  });
});

test("an address that the caller chose is called as it is", async () => {
  await withFleet("p2c", [], async ({ caller, addresses }) => {
    for (const address of addresses) await within(limitMs, "the call", call(caller, "Hello", { address }));
  });
});

test("it says its name, over the cache too", async () => {
  for (const plugins of [[], [selectorCache()]]) {
    await withFleet("p2c", plugins, async ({ caller }) => {
      const selector = caller.get("selector")(caller.get("registry"));
      assert.is(selector.name, "p2c");
      await selector.close();
    });
  }
});

test("a decay of nothing is refused when the kernel is made", async () => {
  const failure = await startKernel({ plugins: [selectorP2c({ decay: 0 })], log: quiet }).then(() => "none", String);
  assert.match(failure, "selector_p2c_decay");
});

test.run();

interface Fleet {
  readonly caller: Kernel;
  readonly addresses: readonly string[];
  /** Makes so many calls, four at a time, and counts who answered. */
  answers(count: number): Promise<{ readonly slow: number; readonly fast: number }>;
}

/** Three nodes on real sockets, the first of which is slow, and a kernel that calls them. */
async function withFleet(
  selector: string,
  plugins: readonly Plugin[],
  run: (fleet: Fleet) => Promise<void>,
): Promise<void> {
  const registry = memory({ network: createMemoryNetwork() });
  const common = [transportHttp(), codecJsonRpc(), registry];
  const use = { registry: "memory", transport: "http", broker: "memory" };
  const kernels: Kernel[] = [];
  const start = async (more: readonly Plugin[], chosen: object): Promise<Kernel> => {
    const config = { plugins: [...common, ...more], use: { ...use, ...chosen }, log: quiet };
    const kernel = await within(limitMs, "the start", startKernel(config));
    kernels.push(kernel);
    return kernel;
  };
  try {
    const addresses: string[] = [];
    for (const kind of ["slow", "fast", "fast"] as const) addresses.push(await serve(await start([], {}), kind));
    const caller = await start([...plugins, selectorP2c()], { selector });
    await run({ caller, addresses, answers: (count) => countAnswers(caller, count) });
  } finally {
    await within(limitMs, "the stop", Promise.all(kernels.map((kernel) => kernel.stop())));
  }
}

async function serve(kernel: Kernel, kind: "slow" | "fast"): Promise<string> {
  const Hello = async () => {
    if (kind === "slow") await new Promise((resolve) => setTimeout(resolve, 100));
    return { kind };
  };
  const Refuse = () => {
    if (kind === "slow") throw new MicroError("greeter", 429, "not so fast");
    return {};
  };
  const { address } = await kernel.serve(
    { name: "greeter", handlers: { Say: { Hello, Refuse } } },
    { address: "127.0.0.1:0" },
  );
  return address;
}

async function countAnswers(caller: Kernel, count: number): Promise<{ slow: number; fast: number }> {
  const counts = { slow: 0, fast: 0 };
  const inTurn = async (): Promise<void> => {
    for (let at = 0; at < count / 4; at++) counts[(await call(caller, "Hello")).kind]++;
  };
  await within(limitMs, "the calls", Promise.all([inTurn(), inTurn(), inTurn(), inTurn()]));
  return counts;
}

function call(caller: Kernel, method: string, options: object = {}): Promise<{ kind: "slow" | "fast" }> {
  return caller.client.call("greeter", `Say.${method}`, {}, options);
}
