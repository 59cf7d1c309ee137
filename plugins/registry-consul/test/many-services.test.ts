import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import type { RegistryEvent } from "@micro/kernel";
import { eventually, leaks } from "@micro/kernel/testing";
import { ConsulRegistry } from "@micro/registry-consul";
import { suite } from "uvu";
import { withAgent } from "./support/agent.ts";
import { entryOf, withFake } from "./support/fake-consul.ts";
import { createName, findIds, limitMs, nodeOf, recordOf, withRegistry } from "./support/records.ts";

const test = suite("many services");

test("a thousand services are watched over eight connections at most, and each change is told once", async () => {
  await withFake(async (fake) => {
    for (let index = 0; index < 1000; index++) fake.set(`s${index}`, [entryOf(`s${index}`, `n${index}`)]);
    await withRegistry({ address: fake.address }, async (registry) => {
      const events: RegistryEvent[] = [];
      registry.watch((event) => events.push(event));
      await eventually(limitMs, "all are found", () => events.length === 1000);
      const asked = Array.from({ length: 20 }, (_, index) => `s${index * 7}`);
      for (const name of asked) await registry.getService(name);

      for (const name of ["s7", "s133", "s500"]) fake.set(name, [entryOf(name, "new")]);

      await eventually(limitMs, "the changes are told", () => events.length >= 1006);
      assert.deepEqual(await findIds(registry, "s133"), ["new"]);
      assert.deepEqual(
        events
          .slice(1000)
          .map(({ action, service }) => `${action} ${service.nodes[0]?.id}`)
          .sort(),
        ["create new", "create new", "create new", "delete n133", "delete n500", "delete n7"],
      );
      assert.ok(fake.mostConnections <= 8, `${fake.mostConnections} connections`);
    });
  });
});

test("a reader with a question for each service needs a connection for each", async () => {
  await withFake(async (fake) => {
    fake.set("s", [entryOf("s", "n")]);
    const stop = new AbortController();
    const query = `?index=${fake.index}`;
    const questions = Array.from({ length: 30 }, (_, index) =>
      fetch(`http://${fake.address}/v1/health/service/s${index}${query}`, { signal: stop.signal }).catch(() => {}),
    );

    await eventually(limitMs, "they are all held", () => fake.asked.length === 30);

    assert.ok(fake.mostConnections > 8);
    stop.abort();
    await Promise.all(questions);
  });
});

test("changes of more services than have a question of their own are seen, with a check and without", async () => {
  await withAgent(async (agent) => {
    await withRegistry({ address: agent.address }, async (registry) => {
      const names = Array.from({ length: 12 }, createName);
      await withRegistry({ address: agent.address }, async (owner) => {
        for (const name of names) await owner.register(recordOf(name));
        for (const name of names) assert.equal((await findIds(registry, name)).length, 1);
        for (const [index, Name] of names.entries()) {
          const Check = index % 2 === 0 ? undefined : { TTL: "10m0s", Status: "passing" };
          const body = { ID: `more-${index}`, Name, Tags: ["v=1.0.0"], Check };

          await agent.ask("/v1/agent/service/register", { method: "PUT", body });

          await eventually(limitMs, `${index} is seen`, async () => (await findIds(registry, Name)).length === 2);
        }
      });
      await eventually(limitMs, "those that left are gone", async () => {
        const counts = await Promise.all(names.map(async (name) => (await findIds(registry, name)).length));
        return counts.every((count) => count === 1);
      });
    });
  });
});

test("a name asked for before it is there is not asked for again at once, and found when it comes", async () => {
  await withAgent(async (agent) => {
    await withRegistry({ address: agent.address }, async (registry) => {
      const record = recordOf(createName());
      assert.deepEqual(await registry.getService(record.name), []);
      const before = registry.stats.requests;
      for (let round = 0; round < 100; round++) assert.deepEqual(await registry.getService(record.name), []);
      assert.ok(registry.stats.requests - before < 10);

      await withRegistry({ address: agent.address }, async (owner) => {
        await owner.register(record);
        await eventually(limitMs, "it is found", async () => (await findIds(registry, record.name)).length === 1);
      });
    });
  });
});

test("a thousand callers of a name that is not known yet are one question", async () => {
  await withFake(async (fake) => {
    fake.set("s", [entryOf("s", "n")]);
    await withRegistry({ address: fake.address }, async (registry) => {
      const all = await Promise.all(Array.from({ length: 1000 }, async () => registry.getService("s")));

      assert.ok(all.every((records) => records === all[0]));
      assert.equal(fake.askedFor("/v1/health/service/s").filter(({ query }) => !query.has("index")).length <= 2, true);
    });
  });
});

test("a thousand registries that register, find, watch and close leave nothing", async () => {
  await withFake(async (fake) => {
    const options = { address: fake.address };
    const cycle = async (index: number): Promise<void> => {
      const registry = new ConsulRegistry(options);
      await registry.register(recordOf(`s${index}`));
      registry.watch(() => {});
      await registry.getService(`s${index}`);
      await registry.close();
    };
    await cycle(0);
    const leaked = leaks(limitMs);
    const files = openFiles();
    let warnings = 0;
    const count = (): void => void warnings++;
    process.on("warning", count);

    for (let index = 0; index < 1000; index++) await cycle(index);

    process.off("warning", count);
    assert.equal(warnings, 0, "no listener was added without end");
    await eventually(limitMs, "connections are gone", () => openFiles() <= files + 2);
    // A kept connection of the server that holds a question is the fake's.
    assert.deepEqual(await leaked(), []);
  });
});

test("closing takes back what was registered, and what it did not register stays", async () => {
  await withAgent(async (agent) => {
    const [ours, theirs] = [recordOf(createName()), recordOf(createName())];
    await withRegistry({ address: agent.address }, async (other) => {
      await other.register(theirs);
      await withRegistry({ address: agent.address }, (registry) => registry.register(ours));

      assert.deepEqual(Object.keys((await agent.ask("/v1/agent/services")) as object), [nodeOf(theirs).id]);
    });
  });
});

function openFiles(): number {
  return process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0;
}

test.run();
