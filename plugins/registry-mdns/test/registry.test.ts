import assert from "node:assert/strict";
import type { RegistryEvent } from "@micro/kernel";
import { eventually, within } from "@micro/kernel/testing";
import { MdnsRegistry } from "@micro/registry-mdns";
import { suite } from "uvu";
import { announced } from "./support/adverts.ts";
import { openRaw, questionBytes, responseBytes } from "./support/raw-socket.ts";
import {
  createGroup,
  createName,
  findAddresses,
  limitMs,
  recordOf,
  withRegistry,
  withTwo,
} from "./support/registries.ts";

const test = suite("the registry");

test("on the group that everybody uses, a node is found by who listened before", async () => {
  await withTwo({}, async (registry, other) => {
    const record = recordOf(createName());

    await registry.register(record);

    await eventually(limitMs, "the node", async () => (await findAddresses(other, record.name)).length === 1);
  });
});

test("on the group that everybody uses, a node is found by who came after", async () => {
  await withRegistry({}, async (registry) => {
    const record = recordOf(createName());
    await registry.register(record);
    await withRegistry({ lookupTimeoutMs: limitMs }, async (other) => {
      assert.deepEqual(await within(limitMs, "the lookup", findAddresses(other, record.name)), ["127.0.0.1:8080"]);
      assert.ok((await other.listServices()).includes(record.name));
    });
  });
});

test("a lookup of a name never heard is answered when the first answers are in, not when the time is over", async () => {
  const group = createGroup();
  await withRegistry(group, async (registry) => {
    const record = recordOf(createName());
    await registry.register(record);
    await withRegistry({ ...group, lookupTimeoutMs: 60_000 }, async (other) => {
      assert.equal((await within(limitMs, "the lookup", findAddresses(other, record.name))).length, 1);
    });
  });
});

test("a name without nodes is asked for once a second, and in between answered at once", async () => {
  await withRegistry(createGroup(), async (registry) => {
    const name = createName();

    assert.deepEqual(await registry.getService(name), []);

    const again = registry.getService(name);
    assert.ok(Array.isArray(again), "the answer is an array, not a promise");
    assert.equal(registry.getService(name), again);
  });
});

test("callers who wait for one name wait for the same lookup", async () => {
  await withRegistry(createGroup(), async (registry) => {
    const record = recordOf(createName());
    const waiting = [1, 2].map(async () => registry.getService(record.name));

    await registry.register(record);

    for (const found of await within(limitMs, "both", Promise.all(waiting))) assert.equal(found.length, 1);
  });
});

test("a name that DNS cannot carry has no records, and nobody is asked", async () => {
  await withRegistry(createGroup(), async (registry) => {
    for (const name of ["", "a..b", "x".repeat(64), "a.".repeat(200)]) {
      assert.deepEqual(registry.getService(name), [], name);
    }
  });
});

test("nodes and versions are sorted, so that all processes see one order", async () => {
  await withRegistry(createGroup(), async (registry) => {
    const name = createName();
    for (const [version, id] of [
      ["2", "b"],
      ["1", "d"],
      ["2", "a"],
      ["1", "c"],
    ] as const) {
      await registry.register(recordOf(name, { version }, { id }));
    }

    const found = await registry.getService(name);

    assert.deepEqual(
      found.map(({ version, nodes }) => [version, nodes.map(({ id }) => id).join()]),
      [
        ["1", "c,d"],
        ["2", "a,b"],
      ],
    );
  });
});

test("a node that changes its version leaves the old one", async () => {
  await withTwo(createGroup(), async (registry, other) => {
    const record = recordOf(createName(), { version: "1" });
    const events: RegistryEvent[] = [];
    other.watch((event) => events.push(event));

    await registry.register(record);
    await registry.register({ ...record, version: "2" });

    await eventually(limitMs, "three events", () => events.length >= 3);
    assert.deepEqual(
      events.map(({ action, service }) => `${action} ${service.version}`),
      ["create 1", "delete 1", "create 2"],
    );
  });
});

test("who registered hears of it, too", async () => {
  await withRegistry(createGroup(), async (registry) => {
    const record = recordOf(createName());
    const events: string[] = [];
    registry.watch(({ action }) => events.push(action));

    await registry.register(record);
    await registry.register({ ...record, nodes: record.nodes.map((node) => ({ ...node, metadata: { a: "b" } })) });
    await registry.deregister(record);

    await eventually(limitMs, "three events", () => events.length >= 3);
    assert.deepEqual(events, ["create", "update", "delete"]);
  });
});

test("a listener that throws is told to the log and stops nobody else", async () => {
  const warnings: string[] = [];
  const log = { warn: (message: string) => void warnings.push(message) };
  await withRegistry({ ...createGroup(), log }, async (registry) => {
    const heard: string[] = [];
    registry.watch(() => {
      throw new Error("on purpose");
    });
    registry.watch(({ action }) => heard.push(action));

    await registry.register(recordOf(createName()));

    await eventually(limitMs, "the event", () => heard.length === 1);
    assert.match(warnings.join(), /on purpose/);
  });
});

test("a node is forgotten when its time is over and nobody answers for it", async () => {
  const group = createGroup();
  await withRegistry(group, async (registry) => {
    const name = createName();
    const crashed = await openRaw(group.ip, group.port);
    try {
      await registry.listServices();
      await crashed.send(responseBytes(announced("one", "10.0.0.1:80", 1, name)));
      await eventually(limitMs, "the node", async () => (await findAddresses(registry, name)).length === 1);
    } finally {
      await crashed.close();
    }

    await eventually(limitMs, "the end", async () => (await findAddresses(registry, name)).length === 0);
  });
});

test("a node that is still there is kept beyond its time", async () => {
  const group = createGroup();
  await withRegistry({ ...group, ttlSeconds: 2 }, async (registry) =>
    withRegistry(group, async (other) => {
      const [record, later] = [recordOf(createName()), recordOf(createName())];
      const events: string[] = [];
      other.watch(({ action, service }) => events.push(`${action} ${service.name}`));
      await registry.register(record);
      await eventually(limitMs, "the node", () => events.length === 1);

      // The last of its announcements comes after three seconds and is good for two.
      await new Promise((resolve) => setTimeout(resolve, 5500));
      await registry.register(later);

      await eventually(limitMs, "the later node", () => events.includes(`create ${later.name}`));
      assert.deepEqual(events, [`create ${record.name}`, `create ${later.name}`]);
    }),
  );
});

test("a question from any port is answered to that port, with everything among the answers", async () => {
  const group = createGroup();
  await withRegistry(group, async (registry) => {
    const record = recordOf(createName());
    await registry.register(record);
    const asker = await openRaw(group.ip, group.port, 0);
    try {
      await asker.send(questionBytes({ name: `${record.name}.local`, type: "PTR" }));
      await eventually(limitMs, "the answer", () => asker.received.length > 0);
    } finally {
      await asker.close();
    }

    const [{ packet, from }] = asker.received as [(typeof asker.received)[number]];
    assert.equal(from.port, group.port);
    assert.deepEqual([packet.id, packet.flag_aa, packet.questions.length, packet.additionals.length], [0, true, 0, 0]);
    assert.deepEqual(
      packet.answers.map(({ type }) => type),
      ["PTR", "SRV", "A", "TXT"],
    );
  });
});

test("a service with a long name is found under its true id", async () => {
  await withTwo(createGroup(), async (registry, other) => {
    const record = recordOf(`${createName()}.the-department-of-redundancy-department`);

    await registry.register(record);

    const ids = async () => (await other.getService(record.name)).flatMap(({ nodes }) => nodes.map(({ id }) => id));
    await eventually(limitMs, "the node", async () => (await ids())[0] === record.nodes[0]?.id);
  });
});

test("closing tells everybody, ends who waits, and after it everything is refused with the reason", async () => {
  const group = createGroup();
  await withRegistry(group, async (other) => {
    const registry = new MdnsRegistry({ ...group, lookupTimeoutMs: 60_000 });
    const record = recordOf(createName());
    await registry.register(record);
    await eventually(limitMs, "the node", async () => (await findAddresses(other, record.name)).length === 1);
    const waiting = registry.getService(createName());

    await within(limitMs, "closing", registry.close());

    assert.deepEqual(await within(limitMs, "the lookup", async () => waiting), []);
    await eventually(limitMs, "the farewell", async () => (await findAddresses(other, record.name)).length === 0);
    const closed = { name: "MicroError", code: 503, reason: "registry_unavailable" };
    assert.throws(() => registry.getService(record.name), closed);
    assert.throws(() => registry.watch(() => {}), closed);
    await assert.rejects(registry.register(record), closed);
    await assert.rejects(registry.deregister(record), closed);
    await assert.rejects(registry.listServices(), closed);
  });
});

test("a registry that is closed before it is open leaves nothing behind", async () => {
  const registry = new MdnsRegistry(createGroup());

  await within(limitMs, "closing", Promise.all([registry.close(), registry.close()]));
});

test.run();
