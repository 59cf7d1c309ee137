import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { eventually, within } from "@micro/kernel/testing";
import { suite } from "uvu";
import { type ConsulAgent, withAgent } from "./support/agent.ts";
import { createName, findIds, hello, limitMs, nodeOf, recordOf, withRegistry } from "./support/records.ts";

const test = suite("records in Consul");

/** What Consul's agent says of a service. */
interface AgentService {
  readonly ID: string;
  readonly Service: string;
  readonly Tags: readonly string[];
  readonly Port: number;
  readonly Address: string;
}

const captured: Readonly<Record<string, AgentService>> = JSON.parse(
  readFileSync(new URL("./fixtures/go-micro-0.1-services.json", import.meta.url), "utf8"),
);

test("what go-micro registered is read, and registered by us it stands there the same", async () => {
  await withAgent(async (agent) => {
    await withRegistry({ address: agent.address }, async (registry) => {
      for (const { ID, Service: Name, Tags, Port, Address } of Object.values(captured)) {
        await put(agent, "register", { ID, Name, Tags, Port, Address });
        const [record] = await registry.getService(Name);
        assert.ok(record !== undefined, Name);
        await put(agent, `deregister/${encodeURIComponent(ID)}`);

        await registry.register(record);

        const ours = await serviceOf(agent, ID);
        assert.deepEqual([ours.Service, ours.Address, ours.Port], [Name, Address, Port]);
        // Go sorts the keys of a map by chance, and ends its zlib streams in another way.
        assert.deepEqual(ours.Tags.map(plainTag).sort(), Tags.map(plainTag).sort());
      }
    });
  });
});

test("a node has a TTL check that passes, and is forgotten three minutes after it stops beating", async () => {
  await withAgent(async (agent) => {
    await withRegistry({ address: agent.address }, async (registry) => {
      const record = recordOf(createName(), { endpoints: [hello] });

      await registry.register(record);

      const checks = (await agent.ask("/v1/agent/checks")) as Record<string, { Status: string; Type: string }>;
      const check = checks[`service:${nodeOf(record).id}`];
      assert.deepEqual([check?.Status, check?.Type], ["passing", "ttl"]);
    });
  });
});

test("without a TTL there is no check, as go-micro of 2016 leaves it", async () => {
  await withAgent(async (agent) => {
    await withRegistry({ address: agent.address, registerTtlMs: 0 }, async (registry) => {
      const record = recordOf(createName());

      await registry.register(record);

      assert.deepEqual(await agent.ask("/v1/agent/checks"), {});
      assert.deepEqual(await findIds(registry, record.name), [nodeOf(record).id]);
    });
  });
});

test("names and ids with characters of URLs are registered, found and taken back", async () => {
  await withAgent(async (agent) => {
    await withRegistry({ address: agent.address }, async (registry) => {
      for (const odd of ["a/b", "a?b#c", "a%2Fb", "a b", "grüße 🎉", "topic:a.b", "__proto__", "a&index=9"]) {
        const record = recordOf(odd, {}, { id: `${odd}-1` });
        await registry.register(record);
        await within(limitMs, odd, async () => assert.deepEqual(await findIds(registry, odd), [`${odd}-1`]));

        await registry.deregister(record);

        assert.deepEqual(await agent.ask("/v1/agent/services"), {}, odd);
      }
    });
  });
});

test("names and ids that Consul would take for another path are refused, and are no services", async () => {
  await withRegistry({ address: "127.0.0.1:1" }, async (registry) => {
    for (const odd of ["", ".", "..", "a/../b", "a//b", "/a", "a\nb", "\ud800", "a".repeat(513)]) {
      await assert.rejects(registry.register(recordOf("good", {}, { id: odd })), { code: 400, message: /node id/ });
      await assert.rejects(registry.register(recordOf(odd)), { code: 400 });
      assert.deepEqual(registry.getService(odd), []);
    }
  });
});

test("addresses: IPv6, a subject of a message bus, and the agent's own where the service has none", async () => {
  await withAgent(async (agent) => {
    await withRegistry({ address: agent.address }, async (registry) => {
      const name = createName();
      await put(agent, "register", { ID: "none", Name: name, Tags: ["v=1"], Port: 81 });
      await registry.register(recordOf(name, {}, { id: "six", address: "[::1]:80" }));
      await registry.register(recordOf(name, {}, { id: "subject", address: "_INBOX.abc" }));

      const addresses = async (): Promise<readonly string[]> =>
        (await registry.getService(name)).flatMap(({ nodes }) => nodes.map(({ id, address }) => `${id} ${address}`));

      await eventually(limitMs, "all are found", async () => (await addresses()).length === 3);
      assert.deepEqual([...(await addresses())].sort(), ["none 127.0.0.1:81", "six [::1]:80", "subject _INBOX.abc"]);
    });
  });
});

test("a node with a critical check, its own or its machine's, is gone, and back when it passes", async () => {
  await withAgent(async (agent) => {
    await withRegistry({ address: agent.address }, async (registry) => {
      const record = recordOf(createName());
      const { id } = nodeOf(record);
      await registry.register(record);
      assert.deepEqual(await findIds(registry, record.name), [id]);

      await agent.ask(`/v1/agent/check/fail/service:${id}`, { method: "PUT" });
      await eventually(limitMs, "it is gone", async () => (await findIds(registry, record.name)).length === 0);
      await agent.ask(`/v1/agent/check/pass/service:${id}`, { method: "PUT" });
      await eventually(limitMs, "it is back", async () => (await findIds(registry, record.name)).length === 1);
      await agent.ask("/v1/agent/maintenance?enable=true", { method: "PUT" });
      await eventually(limitMs, "its machine is out", async () => (await findIds(registry, record.name)).length === 0);
    });
  });
});

test("a node that another process registered can be taken back", async () => {
  await withAgent(async (agent) => {
    const record = recordOf(createName());
    await put(agent, "register", { ID: nodeOf(record).id, Name: record.name, Tags: ["v=1.0.0"] });
    await withRegistry({ address: agent.address }, async (registry) => {
      await registry.deregister(record);

      assert.deepEqual(await agent.ask("/v1/agent/services"), {});
    });
  });
});

function put(agent: ConsulAgent, path: string, body?: unknown): Promise<unknown> {
  return agent.ask(`/v1/agent/service/${path}`, { method: "PUT", body });
}

async function serviceOf(agent: ConsulAgent, id: string): Promise<AgentService> {
  const services = (await agent.ask("/v1/agent/services")) as Record<string, AgentService>;
  const service = services[id];
  assert.ok(service !== undefined, id);
  return service;
}

function plainTag(tag: string): string {
  const text = inflateSync(Buffer.from(tag.slice(2), "hex")).toString();
  return `${tag.slice(0, 2)}${text.startsWith("{") ? JSON.stringify(sorted(JSON.parse(text))) : text}`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [two]) => (one < two ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

test.run();
