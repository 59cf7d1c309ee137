import assert from "node:assert/strict";
import type { ServiceRecord } from "@micro/kernel";
import { eventually } from "@micro/kernel/testing";
import type { MdnsRegistry } from "@micro/registry-mdns";
import { suite } from "uvu";
import type { DnsQuestion, DnsRecord } from "../src/dns-record.ts";
import { announcedRecord } from "./support/adverts.ts";
import { openListener, openRaw, questionBytes, type Received, responseBytes } from "./support/raw-socket.ts";
import { createGroup, createName, limitMs, recordOf, withRegistry, withTwo } from "./support/registries.ts";

const test = suite("two domains");

for (const domain of ["local", "micro"]) {
  test(`on the group that everybody uses, who is in ${domain} alone is found by everybody, and finds them`, async () => {
    const [theirs, ours] = [recordOf(createName()), recordOf(createName())];
    await withRegistry({ domains: [domain] }, async (other) => {
      await other.register(theirs);
      await withRegistry({}, async (registry) => {
        await registry.register(ours);

        await eventually(limitMs, "theirs", () => isFound(registry, theirs));
        await eventually(limitMs, "ours", () => isFound(other, ours));
        await eventually(limitMs, "their name", async () => (await registry.listServices()).includes(theirs.name));
        await eventually(limitMs, "our name", async () => (await other.listServices()).includes(ours.name));
      });
    });
  });
}

test("who is in one domain does not see who is in another", async () => {
  const group = createGroup();
  await withRegistry({ ...group, domains: ["local"] }, (local) =>
    withRegistry({ ...group, domains: ["micro"] }, async (micro) => {
      const [theirs, everybodys] = [recordOf(createName()), recordOf(createName())];
      await local.register(theirs);
      await withRegistry(group, async (both) => {
        await both.register(everybodys);
        await eventually(limitMs, "the later node", async () => isFound(micro, everybodys));

        assert.deepEqual(await micro.getService(theirs.name), []);
        assert.deepEqual(await micro.listServices(), [everybodys.name]);
      });
    }),
  );
});

test("a node is told in each domain with a packet of its own, and so is its farewell", async () => {
  await withListener(async (registry, received) => {
    const record = recordOf(createName(), {}, { id: "one" });
    await registry.register(record);
    await registry.deregister(record);

    await eventually(limitMs, "two farewells", () => told(received, 0).length >= 2);

    const names = [`one.${record.name}.local`, `one.${record.name}.micro`];
    for (const ttl of [120, 0]) {
      const packets = told(received, ttl).slice(0, 2);
      assert.deepEqual(
        packets.map((answers) => answers.map(({ type }) => type)),
        [
          ["SRV", "A", "TXT"],
          ["SRV", "A", "TXT"],
        ],
      );
      assert.deepEqual(
        packets.map(([server]) => server?.name),
        names,
      );
    }
  });
});

test("the end of a service's name is told in all domains with one packet", async () => {
  await withListener(async (registry, received) => {
    const record = recordOf(createName());
    await registry.register(record);
    await registry.deregister(record);

    const pointers = (): readonly string[] => received.flatMap(({ packet }) => pointersOf(packet.answers).join());
    await eventually(limitMs, "the name", () =>
      pointers().includes(`${record.name}._services.local,${record.name}._services.micro`),
    );
  });
});

test("a lookup asks in all domains with one packet", async () => {
  await withListener(async (registry, received) => {
    const name = createName();

    await registry.getService(name);

    const asked = received.map(({ packet }) => packet.questions.map((question) => question.name).join());
    assert.ok(asked.includes(`${name}.local,${name}.micro`), String(asked));
  });
});

test("who asks in all domains at once is answered in one of them, who asks in one in that one", async () => {
  const group = createGroup();
  await withRegistry(group, async (registry) => {
    const name = createName();
    await registry.register(recordOf(name));
    const [local, micro, end] = [`${name}.local`, `${name}.micro`, "_services._dns-sd._udp.local"];
    const asker = await openRaw(group.ip, group.port, 0);
    try {
      await asker.send(questionBytes(pointerTo(local), pointerTo(micro)));
      await asker.send(questionBytes(pointerTo(micro)));
      await asker.send(questionBytes(pointerTo(end)));

      const answered = (): readonly (string | undefined)[] =>
        asker.received.map(({ packet }) => packet.answers[0]?.name);
      await eventually(limitMs, "the last answer", () => answered().includes(end));
      assert.deepEqual(answered(), [local, micro, end]);
    } finally {
      await asker.close();
    }
  });
});

test("a node in both domains is one node, heard of once, and the same array until it changes", async () => {
  await withTwo(createGroup(), async (registry, other) => {
    const [record, gone, later] = [recordOf(createName()), recordOf(createName()), recordOf(createName())];
    const events: string[] = [];
    other.watch(({ action, service }) => events.push(`${action} ${service.name}`));
    await registry.register(record);
    await eventually(limitMs, "the node", () => events.length > 0);
    const found = other.getService(record.name) as readonly ServiceRecord[];

    await registry.register(gone);
    await registry.deregister(gone);
    await registry.register(later);
    await eventually(limitMs, "the later node", () => events.includes(`create ${later.name}`));

    assert.equal(found[0]?.nodes.length, 1);
    assert.equal(other.getService(record.name), found);
    assert.deepEqual(events, [
      `create ${record.name}`,
      `create ${gone.name}`,
      `delete ${gone.name}`,
      `create ${later.name}`,
    ]);
  });
});

test("a node of a later go-micro keeps what it says of itself", async () => {
  const group = createGroup();
  await withRegistry(group, async (registry) => {
    const metadata = { protocol: "mucp", server: "mucp", transport: "http" };
    const record = recordOf(createName(), {}, { metadata });
    const program = await openRaw(group.ip, group.port);
    try {
      await registry.listServices();
      await program.send(responseBytes(announcedRecord(record, "micro")));
      await eventually(limitMs, "the node", () => isFound(registry, record));
    } finally {
      await program.close();
    }

    const [found] = await registry.getService(record.name);
    assert.deepEqual(found?.nodes, record.nodes);
  });
});

/** Runs with a registry whose packets are overheard, from the first on. */
async function withListener(
  run: (registry: MdnsRegistry, received: readonly Received[]) => Promise<void>,
): Promise<void> {
  const group = createGroup();
  const listener = await openListener(group.ip, group.port);
  try {
    await withRegistry(group, (registry) => run(registry, listener.received));
  } finally {
    await listener.close();
  }
}

/** The announcements of nodes, or with 0 the farewells. */
function told(received: readonly Received[], ttl: number): readonly (readonly DnsRecord[])[] {
  return received
    .map(({ packet }) => packet.answers)
    .filter(([first]) => first !== undefined && first.type === "SRV" && first.ttl === ttl);
}

function pointerTo(name: string): DnsQuestion {
  return { name, type: "PTR", class: "IN" };
}

function pointersOf(answers: readonly DnsRecord[]): readonly string[] {
  return answers.flatMap((answer) => (answer.type === "PTR" ? [answer.data] : []));
}

async function isFound(registry: MdnsRegistry, { name }: ServiceRecord): Promise<boolean> {
  return (await registry.getService(name)).length > 0;
}

test.run();
