// Calls over a real Consul that goes away, flaps, or forgets everything, and of nodes that die without a word. Each
// protection has its counterpart without it, which fails as 2016 does.

import assert from "node:assert/strict";
import {
  createSelector,
  definePlugin,
  type Kernel,
  MicroError,
  type Plugin,
  type RawFlags,
  type Registry,
  randomStrategy,
  type ServiceRecord,
  startKernel,
} from "@micro/kernel";
import { eventually, within } from "@micro/kernel/testing";
import { registryConsul } from "@micro/registry-consul";
import { standard } from "@micro/standard";
import { suite } from "uvu";
import { type ConsulAgent, startConsul } from "../src/consul-agent.ts";
import { type GoPeer, goPeer } from "../src/go-peer.ts";
import { ourServer } from "../src/our-server.ts";
import { randomName } from "../src/random-name.ts";

const go = await goPeer("0.1");
if (go !== undefined) testFaults(go);

function testFaults(peer: GoPeer): void {
  const test = suite<{ agent: ConsulAgent }>("calls over a Consul that fails");
  test.before.each(async (context) => {
    context.agent = (await startConsul()) as ConsulAgent;
  });
  test.after.each((context) => context.agent?.stop());

  test("while Consul is away no call to a known service fails, one to an unknown is a 503, and news come with it", async ({
    agent,
  }) => {
    const [ours, theirs] = [await ourServer(undefined, undefined, over(agent)), await overConsul(peer, agent).serve()];
    const client = await startClient(agent, { selector_cache_ttl: "200ms" });
    const late = randomName();
    try {
      await answers(client, ours.name);
      await answers(client, theirs.name);
      const calls = [callOn(client, ours.name), callOn(client, theirs.name)];
      await agent.kill();

      const error = await within(2000, "an answer", failureOf(client, late));
      assert.equal(error.code, 503);
      assert.equal(error.reason, "registry_unavailable");
      await pause(4000);
      await agent.start();
      const newcomer = await ourServer(late, undefined, over(agent));
      try {
        await eventually(10_000, "the newcomer is called", () => answers(client, late));
        // ours registers itself again, go-micro 0.1 does not: it was told to register once.
        await eventually(10_000, "what was there before is back", () => knows(agent, ours.name));
      } finally {
        await newcomer.stop();
      }

      for (const { end } of calls) assert.deepEqual((await end()).failures, []);
    } finally {
      await client.stop();
      await ours.stop();
      await theirs.stop();
    }
  });

  test("a cache that forgets at its TTL, as in 2016, fails calls while Consul is away", async ({ agent }) => {
    const ours = await ourServer(undefined, undefined, over(agent));
    const client = await startClient(agent, { selector: "forgetful" }, [forgetfulSelector(agent, 200)]);
    try {
      await answers(client, ours.name);
      const calls = callOn(client, ours.name);
      await agent.kill();
      await pause(1500);

      const { failures, succeeded } = await calls.end();
      assert.ok(succeeded > 0 && failures.length > 0, `${succeeded} calls succeeded, ${failures.length} failed`);
    } finally {
      await client.stop();
      await ours.stop();
    }
  });

  test("while Consul flaps no call fails, and in the end everybody knows what Consul knows", async ({ agent }) => {
    const ours = await ourServer(undefined, undefined, over(agent));
    const client = await startClient(agent, { selector_cache_ttl: "200ms" });
    try {
      await answers(client, ours.name);
      const calls = callOn(client, ours.name);
      for (let flap = 0; flap < 6; flap++) {
        await agent.kill();
        await pause(400);
        await agent.start();
        await pause(300);
      }

      await eventually(10_000, "it is registered again", () => knows(agent, ours.name));
      const { failures, succeeded } = await calls.end();
      assert.deepEqual(failures, []);
      assert.ok(succeeded > 20);
      const nodes = await client.get("registry").getService(ours.name);
      assert.deepEqual(addressesOf(nodes), [ours.address]);
    } finally {
      await client.stop();
      await ours.stop();
    }
  });

  test("a cache that forgets at its TTL fails calls while Consul flaps", async ({ agent }) => {
    const ours = await ourServer(undefined, undefined, over(agent));
    const client = await startClient(agent, { selector: "forgetful" }, [forgetfulSelector(agent, 100)]);
    try {
      await answers(client, ours.name);
      const calls = callOn(client, ours.name);
      for (let flap = 0; flap < 3; flap++) {
        await agent.kill();
        await pause(400);
        await agent.start();
        await pause(300);
      }

      assert.ok((await calls.end()).failures.length > 0);
    } finally {
      await client.stop();
      await ours.stop();
    }
  });

  test("a server and a client that start before Consul find each other when it appears", async ({ agent }) => {
    await agent.kill();
    const ours = await ourServer(undefined, undefined, over(agent));
    const client = await startClient(agent);
    try {
      assert.equal((await failureOf(client, ours.name)).code, 503);
      assert.equal(ours.kernel.state, "running");
      await agent.start();

      await eventually(10_000, "it is registered", () => knows(agent, ours.name));
      await eventually(10_000, "it is called", () => answers(client, ours.name));
    } finally {
      await client.stop();
      await ours.stop();
    }
  });

  test("a server that registers once and no more stays unknown when Consul appears", async ({ agent }) => {
    const name = randomName();
    const registerOnce = async (): Promise<unknown> =>
      agent.ask("/v1/agent/service/register", { method: "PUT", body: { Name: name, Port: 1 } });
    await agent.kill();
    await registerOnce().catch(() => {});
    await agent.start();
    await pause(2500);

    assert.equal(await knows(agent, name), false);
  });

  test("a node that dies without a word costs no call: the first one goes to another, and the next ones too", async ({
    agent,
  }) => {
    const name = randomName();
    const [dead, alive] = [
      await overConsul(peer, agent).serve({ name }),
      await overConsul(peer, agent).serve({ name }),
    ];
    const client = await startClient(agent);
    const attempts: string[] = [];
    try {
      await eventually(10_000, "both nodes are known", async () => (await nodeCount(client, name)) === 2);
      for (let n = 0; n < 20; n++) await client.client.call(name, "Say.Hello", {});
      client.hooks.attempt.tap("spy", (next) => (attempt) => {
        attempts.push(attempt.node.address);
        return next(attempt);
      });
      await dead.kill();

      // Another method has a route of its own, with the spy in it; it is not idempotent.
      for (let n = 0; n < 40; n++) {
        const error = await failureOf(client, name, "Say.Fail");
        assert.equal(error.code, 404, "the handler's own answer");
      }
      const atDead = attempts.filter((address) => address === dead.address).length;
      assert.ok(atDead <= 1, `the dead node was tried ${atDead} times`);
      assert.equal(attempts.filter((address) => address === alive.address).length, 40);
    } finally {
      await client.stop();
      await alive.stop();
    }
  });

  test("without retry and cache a node that dies without a word costs calls", async ({ agent }) => {
    const name = randomName();
    const [dead, alive] = [
      await overConsul(peer, agent).serve({ name }),
      await overConsul(peer, agent).serve({ name }),
    ];
    const without = standard().filter((plugin) => !isNamed(plugin, "retry"));
    const client = await startKernel(
      { plugins: [without, registryConsul()] },
      { flags: { ...over(agent), client_pool_size: "10" } },
    );
    try {
      await eventually(10_000, "both nodes are known", async () => (await nodeCount(client, name)) === 2);
      await dead.kill();

      const outcomes = await Promise.allSettled(
        Array.from({ length: 40 }, () => client.client.call(name, "Say.Hello", {})),
      );
      assert.ok(outcomes.some(({ status }) => status === "rejected"));
    } finally {
      await client.stop();
      await alive.stop();
    }
  });

  test.run();
}

function over({ address }: ConsulAgent): RawFlags {
  return { registry: "consul", registry_address: address, register_interval: "1s", register_ttl: "10s" };
}

function overConsul(peer: GoPeer, { address }: ConsulAgent): GoPeer {
  return peer.with(["--registry=consul", `--registry_address=${address}`]);
}

/** A client with the flags that Micro's FAQ names. */
function startClient(agent: ConsulAgent, flags: RawFlags = {}, plugins: readonly Plugin[] = []): Promise<Kernel> {
  return startKernel(
    { plugins: [standard(), registryConsul(), plugins] },
    { flags: { ...over(agent), selector: "cache", client_pool_size: "10", ...flags } },
  );
}

/** Calls one after the other until it is ended. */
function callOn({ client }: Kernel, service: string): { end(): Promise<Tally> } {
  let isEnding = false;
  const failures: string[] = [];
  let succeeded = 0;
  const running = (async () => {
    while (!isEnding) {
      try {
        await client.call(service, "Say.Hello", { name: "John" });
        succeeded++;
      } catch (error) {
        failures.push(String(error));
      }
      await pause(5);
    }
  })();
  return {
    async end() {
      isEnding = true;
      await running;
      return { failures, succeeded };
    },
  };
}

interface Tally {
  readonly failures: readonly string[];
  readonly succeeded: number;
}

/** What go-micro 2016 did: asks Consul when its time is over, and fails when Consul does. */
function forgetfulSelector({ address }: ConsulAgent, ttlMs: number): Plugin {
  const known = new Map<string, { readonly until: number; readonly records: readonly ServiceRecord[] }>();
  return definePlugin({
    name: "forgetful",
    setup: ({ provide }) =>
      provide("selector", "forgetful", () => (registry: Registry) => {
        const getService = async (name: string): Promise<readonly ServiceRecord[]> => {
          const entry = known.get(name);
          if (entry !== undefined && entry.until > performance.now()) return entry.records;
          await fetch(`http://${address}/v1/health/service/${name}`);
          const records = await registry.getService(name);
          known.set(name, { until: performance.now() + ttlMs, records });
          return records;
        };
        return createSelector("forgetful", () => randomStrategy)({ getService });
      }),
  });
}

async function answers({ client }: Kernel, service: string): Promise<boolean> {
  return client.call(service, "Say.Hello", { name: "John" }).then(
    () => true,
    () => false,
  );
}

async function failureOf({ client }: Kernel, service: string, method = "Say.Hello"): Promise<MicroError> {
  const error = await client.call(service, method, {}).catch((failure: unknown) => failure);
  assert.ok(MicroError.is(error), `${service} should not have answered`);
  return error;
}

async function knows(agent: ConsulAgent, name: string): Promise<boolean> {
  return ((await agent.ask(`/v1/health/service/${name}?passing=1`)) as readonly unknown[]).length > 0;
}

async function nodeCount(kernel: Kernel, name: string): Promise<number> {
  return addressesOf(await kernel.get("registry").getService(name)).length;
}

function addressesOf(records: readonly ServiceRecord[]): readonly string[] {
  return records.flatMap(({ nodes }) => nodes.map(({ address }) => address));
}

function isNamed(plugin: unknown, name: string): boolean {
  return typeof plugin === "object" && plugin !== null && "name" in plugin && plugin.name === name;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
