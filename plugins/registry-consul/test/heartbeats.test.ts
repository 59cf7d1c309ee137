import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { eventually } from "@micro/kernel/testing";
import { suite } from "uvu";
import { type ConsulAgent, withAgent } from "./support/agent.ts";
import { createName, findIds, limitMs, nodeOf, recordOf, sleep, withRegistry } from "./support/records.ts";

const test = suite("heartbeats");
const quick = { registerTtlMs: 1000, registerIntervalMs: 200 };

test("everything that is registered is kept, each node for itself; without heartbeats it becomes critical", async () => {
  await withAgent(async (agent) => {
    const records = [recordOf("same"), recordOf("same"), recordOf("topic:a", { version: "queue" })];
    const slow = recordOf(createName());
    await withRegistry({ address: agent.address, ...quick }, async (registry) => {
      for (const record of records) await registry.register(record);
      await registerOnce(agent, nodeOf(slow).id, slow.name);

      await eventually(limitMs, "the one that does not beat is lost", async () =>
        (await critical(agent)).includes(nodeOf(slow).id),
      );
      await sleep(500);

      assert.deepEqual(await critical(agent), [nodeOf(slow).id]);
      assert.ok(registry.stats.heartbeats >= 6);
    });
  });
});

test("a node that Consul forgot is registered in full with the next beat", async () => {
  await withAgent(async (agent) => {
    await withRegistry({ address: agent.address, ...quick }, async (registry) => {
      const record = recordOf(createName(), { version: "7" });
      const { id } = nodeOf(record);
      await registry.register(record);

      await agent.ask(`/v1/agent/service/deregister/${id}`, { method: "PUT" });

      await eventually(limitMs, "it is there again", async () => (await ids(agent)).includes(id));
      assert.deepEqual((await registry.getService(record.name))[0]?.version, "7");
      assert.ok(registry.stats.reregistered >= 1);
    });
  });
});

test("a process that stood still for longer than its TTL is lost, and back with its next beat", async () => {
  await withAgent(async (agent) => {
    const name = createName();
    const child = fork(fileURLToPath(new URL("./support/serve.ts", import.meta.url)), [agent.address, name]);
    try {
      await withRegistry({ address: agent.address }, async (registry) => {
        await eventually(limitMs, "it is found", async () => (await findIds(registry, name)).length === 1);

        child.kill("SIGSTOP");
        await eventually(limitMs, "it is lost", async () => (await findIds(registry, name)).length === 0);
        child.kill("SIGCONT");

        await eventually(limitMs, "it is back", async () => (await findIds(registry, name)).length === 1);
      });
    } finally {
      child.kill("SIGKILL");
    }
  });
});

test("a node taken back stays away, whatever beat was under way", async () => {
  await withAgent(async (agent) => {
    await withRegistry({ address: agent.address, registerTtlMs: 1000, registerIntervalMs: 10 }, async (registry) => {
      for (let round = 0; round < 20; round++) {
        const record = recordOf(createName());
        await registry.register(record);
        await sleep(round * 2);
        await registry.deregister(record);
      }
      await sleep(100);

      assert.deepEqual(await ids(agent), []);
      assert.equal(registry.stats.registered, 0);
    });
  });
});

test("the clock of the machine does not matter", async () => {
  await withAgent(async (agent) => {
    const realNow = Date.now;
    try {
      await withRegistry({ address: agent.address, ...quick }, async (registry) => {
        const record = recordOf(createName());
        await registry.register(record);
        for (const hours of [1, -1]) {
          Date.now = () => realNow() + hours * 3_600_000;
          const before = registry.stats.heartbeats;
          await eventually(limitMs, "it beats on", () => registry.stats.heartbeats >= before + 2);
        }
        assert.deepEqual(await critical(agent), []);
        assert.equal(registry.stats.reregistered, 0);
      });
    } finally {
      Date.now = realNow;
    }
  });
});

async function registerOnce(agent: ConsulAgent, ID: string, Name: string): Promise<void> {
  const Check = { TTL: "1s", Status: "passing" };
  await agent.ask("/v1/agent/service/register", { method: "PUT", body: { ID, Name, Tags: ["v=1"], Check } });
}

async function ids(agent: ConsulAgent): Promise<readonly string[]> {
  return Object.keys((await agent.ask("/v1/agent/services")) as object);
}

async function critical(agent: ConsulAgent): Promise<readonly string[]> {
  const checks = Object.values((await agent.ask("/v1/agent/checks")) as object) as {
    readonly Status: string;
    readonly ServiceID: string;
  }[];
  return checks.filter(({ Status }) => Status === "critical").map(({ ServiceID }) => ServiceID);
}

test.run();
