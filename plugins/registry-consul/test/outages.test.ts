import assert from "node:assert/strict";
import { createServer } from "node:net";
import { defineService, startKernel } from "@micro/kernel";
import { eventually, within } from "@micro/kernel/testing";
import { type ConsulOptions, ConsulRegistry, registryConsul } from "@micro/registry-consul";
import { suite } from "uvu";
import { type ConsulAgent, withAgent } from "./support/agent.ts";
import { createLog, createName, findIds, limitMs, nodeOf, recordOf, sleep, withRegistry } from "./support/records.ts";

const test = suite("Consul goes and comes");

test("while Consul is away known services are known, others are a 503 within a second, and one probe a second asks", async () => {
  await withKnown({}, async (agent, registry, { name, id }) => {
    await agent.kill();
    await eventually(limitMs, "it is noticed", () => !registry.stats.connected);
    const before = registry.stats.requests;

    for (const end = performance.now() + 3000; performance.now() < end; await sleep(20)) {
      assert.ok(Array.isArray(registry.getService(name)), "known, and without a promise");
      const unknown = within(1000, "an answer", async () => registry.getService(createName()));
      await assert.rejects(unknown, { code: 503, reason: "registry_unavailable", message: /Start an agent at/ });
    }
    assert.deepEqual(await findIds(registry, name), [id]);
    assert.ok(registry.stats.requests - before <= 5, `asked ${registry.stats.requests - before} times`);

    await agent.start();
    await eventually(limitMs, "the node is there again", async () => (await services(agent)).includes(id));
    const other = recordOf(name);
    await withRegistry({ address: agent.address }, async (another) => {
      await another.register(other);
      await eventually(limitMs, "what is new is seen", async () => (await findIds(registry, name)).length === 2);
    });
  });
});

test("a kernel starts without Consul, says what to do, and registers when Consul appears", async () => {
  await withAgent(async (agent) => {
    await agent.kill();
    const { log, lines } = createLog();
    const service = defineService({ name: createName(), handlers: { Say: { Hello: async () => ({}) } } });
    const kernel = await startKernel({
      plugins: [registryConsul({ address: agent.address, log })],
      use: { registry: "consul" },
      services: [service],
    });
    try {
      assert.equal(kernel.state, "running");
      assert.match(lines.join("\n"), /nobody listens.*Start an agent at 127\.0\.0\.1:\d+/);

      await agent.start();

      await eventually(limitMs, "it is registered", async () =>
        (await services(agent)).some((id) => id.startsWith(service.name)),
      );
    } finally {
      await within(limitMs, "the stop", kernel.stop());
    }
    assert.deepEqual(await services(agent), []);
  });
});

test("a kernel stops without Consul, also when Consul hangs", async () => {
  for (const away of ["kill", "freeze"] as const) {
    await withAgent(async (agent) => {
      const service = defineService({ name: createName(), handlers: {} });
      const kernel = await startKernel({
        plugins: [registryConsul({ address: agent.address, log: createLog().log })],
        log: { debug() {}, info() {}, warn() {}, error() {} },
        use: { registry: "consul" },
        services: [service],
      });
      await agent[away]();

      await within(limitMs, "the stop", kernel.stop());

      assert.equal(kernel.state, "stopped");
    });
  }
});

test("when Consul comes back without what it knew, nodes are kept until they had time to register again", async () => {
  await withKnown(
    { minHoldMs: 1500 },
    async (agent, registry, { name, id }) => {
      await restart(agent);
      await eventually(limitMs, "Consul answers again", () => registry.stats.connected);
      await sleep(300);
      assert.deepEqual(await findIds(registry, name), [id], "it is kept");

      await eventually(
        limitMs,
        "in the end Consul is believed",
        async () => (await findIds(registry, name)).length === 0,
      );
    },
    false,
  );
});

test("with no time to hold, all calls fail when Consul comes back without what it knew", async () => {
  await withKnown(
    { minHoldMs: 0 },
    async (agent, registry, { name }) => {
      await restart(agent);
      await eventually(limitMs, "the nodes are gone", async () => (await findIds(registry, name)).length === 0);
    },
    false,
  );
});

test("a node that registers again after a loss and then leaves is gone at once", async () => {
  await withKnown(
    { minHoldMs: 60_000 },
    async (agent, registry, { name, id }) => {
      await restart(agent);
      await eventually(limitMs, "Consul answers again", () => registry.stats.connected);
      await withRegistry({ address: agent.address }, async (owner) => {
        const record = recordOf(name, {}, { id });
        const newcomer = recordOf(name);
        await owner.register(record);
        await owner.register(newcomer);
        await eventually(limitMs, "both are seen", async () => (await findIds(registry, name)).length === 2);

        await owner.deregister(record);

        await eventually(limitMs, "it is gone", async () => !(await findIds(registry, name)).includes(id));
      });
    },
    false,
  );
});

test("a node that leaves is gone at once, as the index went on", async () => {
  await withKnown(
    { minHoldMs: 60_000 },
    async (agent, registry, { name, id }) => {
      await agent.ask(`/v1/agent/service/deregister/${id}`, { method: "PUT" });

      await eventually(limitMs, "it is gone", async () => (await findIds(registry, name)).length === 0);
    },
    false,
  );
});

test("a frozen Consul hinders nobody, and is asked again when it goes on", async () => {
  await withKnown({}, async (agent, registry, { name, id }) => {
    agent.freeze();

    await assert.rejects(async () => registry.getService(createName()), { reason: "registry_unavailable" });
    assert.deepEqual(await findIds(registry, name), [id]);
    const record = recordOf(name);
    await within(limitMs, "the registration", registry.register(record));
    agent.thaw();

    await eventually(limitMs, "it is registered", async () => (await services(agent)).includes(nodeOf(record).id));
    await eventually(limitMs, "it is seen", async () => (await findIds(registry, name)).length === 2);
  });
});

test("after a Consul that flaps, what is known is what it knows, and nobody asked more than about once a second", async () => {
  await withKnown({}, async (agent, registry, { name }) => {
    const before = registry.stats.requests;
    const start = performance.now();
    for (let round = 0; round < 5; round++) {
      await agent.kill();
      await sleep(500);
      await agent.start();
      await sleep(500);
      assert.ok((await registry.getService(name)).length > 0, "no call failed");
    }
    const seconds = (performance.now() - start) / 1000;
    // A return brings a handful of questions with it.
    assert.ok(registry.stats.requests - before < seconds * 12, `${registry.stats.requests - before} in ${seconds} s`);

    await withRegistry({ address: agent.address }, async (another) => {
      const other = recordOf(name);
      await another.register(other);
      await eventually(limitMs, "what is new is seen", async () =>
        (await findIds(registry, name)).includes(nodeOf(other).id),
      );
    });
  });
});

test("of several agents the first that answers is kept until it does not", async () => {
  await withAgent(async (one) => {
    await withAgent(async (two) => {
      await withRegistry(
        { address: `127.0.0.1:${await freePort()},${one.address},${two.address}` },
        async (registry) => {
          const first = recordOf(createName());
          await registry.register(first);
          await registry.getService(first.name);
          assert.deepEqual(await services(one), [nodeOf(first).id]);

          await one.kill();

          await eventually(limitMs, "the other has it", async () => (await services(two)).length === 1);
          const second = recordOf(createName());
          await registry.register(second);
          await eventually(limitMs, "also the next", async () => (await services(two)).includes(nodeOf(second).id));
        },
      );
    });
  });
});

interface Known {
  readonly name: string;
  readonly id: string;
}

/** Runs with a registry that knows a node, registered by itself or by nobody who would do it again. */
async function withKnown(
  options: ConsulOptions,
  run: (agent: ConsulAgent, registry: ConsulRegistry, known: Known) => Promise<void>,
  isOwn = true,
): Promise<void> {
  await withAgent(async (agent) => {
    const registry = new ConsulRegistry({ ...options, address: agent.address });
    try {
      const record = recordOf(createName());
      const { id } = nodeOf(record);
      const body = { ID: id, Name: record.name, Tags: ["v=1.0.0"], Address: "127.0.0.1", Port: 8080 };
      if (isOwn) await registry.register(record);
      else await agent.ask("/v1/agent/service/register", { method: "PUT", body: { ...body, Check: passing } });
      assert.deepEqual(await findIds(registry, record.name), [id]);
      await run(agent, registry, { name: record.name, id });
    } finally {
      agent.thaw();
      await within(limitMs, "closing", registry.close());
    }
  });
}

const passing = { TTL: "10m0s", Status: "passing" };

async function restart(agent: ConsulAgent): Promise<void> {
  await agent.kill();
  // Nobody listens for longer than a probe waits.
  await sleep(1500);
  await agent.start();
}

async function services(agent: ConsulAgent): Promise<readonly string[]> {
  return Object.keys((await agent.ask("/v1/agent/services")) as object);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { readonly port: number };
      server.close(() => resolve(port));
    });
  });
}

test.run();
