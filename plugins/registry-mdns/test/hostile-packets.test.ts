import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import { eventually, within } from "@micro/kernel/testing";
import type { MdnsRegistry } from "@micro/registry-mdns";
import fc from "fast-check";
import { suite } from "uvu";
import type { DnsRecord } from "../src/dns-record.ts";
import { announced } from "./support/adverts.ts";
import { numRuns } from "./support/num-runs.ts";
import { openRaw, questionBytes, type RawSocket, responseBytes } from "./support/raw-socket.ts";
import { createGroup, createName, findAddresses, limitMs, recordOf, withRegistry } from "./support/registries.ts";

const test = suite("hostile packets");

type Hostile = (registry: MdnsRegistry, stranger: RawSocket) => Promise<void>;

function withStranger(
  name: string,
  run: Hostile,
  limits: Partial<Record<"packetsPerSecond" | "records", number>> = {},
): void {
  test(name, async () => {
    const group = createGroup();
    await withRegistry({ ...group, limits: { packetsPerSecond: 1e6, ...limits } }, async (registry) => {
      const stranger = await openRaw(group.ip, group.port);
      try {
        await listens(registry);
        await run(registry, stranger);
      } finally {
        await stranger.close();
      }
    });
  });
}

withStranger("a good announcement of a stranger is believed", async (registry, stranger) => {
  await stranger.send(responseBytes(announced("one", "10.0.0.7:80")));

  await eventually(limitMs, "the node", async () => (await findAddresses(registry, "svc")).includes("10.0.0.7:80"));
});

const cases: readonly (readonly [string, () => Uint8Array, keyof MdnsRegistry["stats"]])[] = [
  ["what is no DNS", () => Buffer.from("GET / HTTP/1.1"), "malformed"],
  ["an empty packet", () => Buffer.alloc(0), "malformed"],
  ["65 535 answers that are not there", () => header({ answers: 65_535 }), "malformed"],
  ["a name that points to itself", () => Buffer.concat([header({ answers: 1 }), Buffer.from([0xc0, 12])]), "malformed"],
  ["9000 bytes of nothing", () => Buffer.alloc(9000, 0xff), "malformed"],
  ["another operation", () => responseBytes(announced("one"), 2 << 11), "notMulticastDns"],
  ["a result code", () => responseBytes(announced("one"), 3), "notMulticastDns"],
  ["a node at port 0", () => responseBytes(withServer({ port: 0 })), "badPort"],
  ["a node at every address", () => responseBytes(announcedAt("0.0.0.0")), "badAddress"],
  ["a text that is no number", () => responseBytes(withText("zz")), "badText"],
  ["a text that is no zlib", () => responseBytes(withText("00ff")), "badText"],
  ["a text that is no JSON", () => responseBytes(withText(hex("no"))), "badText"],
  ["a text that inflates to a megabyte", () => responseBytes(withText(hex(" ".repeat(1e6)))), "textTooBig"],
  ["a text of more than 8 KiB", () => responseBytes(withText("0".repeat(8194))), "textTooBig"],
  ["SRV alone", () => responseBytes(announced("one").slice(0, 1)), "incomplete"],
  ["another service's name", () => responseBytes(renamed("one.other.local")), "badName"],
];

for (const [what, bytes, counter] of cases) {
  withStranger(`${what} is passed over and counted`, async (registry, stranger) => {
    await stranger.send(bytes());

    await eventually(limitMs, counter, () => registry.stats[counter] > 0);
    assert.deepEqual(await registry.getService("svc"), []);
    assert.equal(registry.stats.failed, 0);
  });
}

test("a response that does not come from the group's port is passed over", async () => {
  const group = createGroup();
  await withRegistry(group, async (registry) => {
    const stranger = await openRaw(group.ip, group.port, 0);
    try {
      await listens(registry);
      await stranger.send(responseBytes(announced("one")));

      await eventually(limitMs, "the counter", () => registry.stats.badSourcePort > 0);
      assert.deepEqual(await registry.getService("svc"), []);
    } finally {
      await stranger.close();
    }
  });
});

withStranger(
  "a stranger that sends too much is not heard",
  async (registry, stranger) => {
    for (let sent = 0; sent < 500; sent++) await stranger.send(questionBytes({ name: "svc.local", type: "PTR" }));

    await eventually(limitMs, "the counter", () => registry.stats.tooMany > 0);
  },
  { packetsPerSecond: 10 },
);

withStranger(
  "more names than there are places are not kept",
  async (registry, stranger) => {
    for (let at = 0; at < 20; at++) await stranger.send(responseBytes(announced(`n${at}`)));

    await eventually(limitMs, "the counter", () => registry.stats.tooManyRecords === 15);
    assert.equal((await findAddresses(registry, "svc")).length, 5);
  },
  { records: 5 },
);

withStranger(
  "a node in two domains takes one place, also in one packet",
  async (registry, stranger) => {
    for (let at = 0; at < 7; at++) {
      const inBoth = ["local", "micro"].flatMap((domain) => announced(`n${at}`, undefined, 120, "svc", domain));
      await stranger.send(responseBytes(inBoth));
    }

    await eventually(limitMs, "the counter", () => registry.stats.tooManyRecords === 4);
    assert.equal((await findAddresses(registry, "svc")).length, 5);
  },
  { records: 5 },
);

withStranger("a stranger that announces our own node differently is passed over", async (registry, stranger) => {
  const record = recordOf("svc", {}, { id: "one", address: "10.0.0.1:80" });
  await registry.register(record);

  await stranger.send(responseBytes(announced("one", "10.0.0.66:80")));
  await stranger.send(responseBytes(announced("one", "10.0.0.66:80", 0)));
  await stranger.send(responseBytes(announced("one", "10.0.0.66:80", 120, "svc", "micro")));

  await eventually(limitMs, "the counter", () => registry.stats.conflict === 3);
  assert.deepEqual(await findAddresses(registry, "svc"), ["10.0.0.1:80"]);
});

withStranger("no bytes and no change of a true packet stop it from hearing the next", async (registry, stranger) => {
  const truth = [responseBytes(announced("one")), questionBytes({ name: "svc.local", type: "PTR" })];
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 600 }),
    fc.tuple(fc.constantFrom(...truth), fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { maxLength: 8 })).map(mutate),
  );

  await fc.assert(
    fc.asyncProperty(bytes, (packet) => stranger.send(packet)),
    { numRuns },
  );

  const name = createName();
  await within(limitMs, "the node", async () => {
    // Sent again, as a queue that is full loses packets.
    while ((await findAddresses(registry, name)).length === 0) {
      await stranger.send(responseBytes(announced("last", "10.0.0.9:80", 120, name)));
    }
  });
  assert.equal(registry.stats.failed, 0);
  assert.ok(registry.stats.malformed > 0);
});

/** Resolves when the registry hears: a question is asked once its sockets are open. */
async function listens(registry: MdnsRegistry): Promise<void> {
  await within(limitMs, "the registry", registry.listServices());
}

function mutate([truth, changes]: [Buffer, [number, number][]]): Uint8Array {
  const bytes = Buffer.from(truth);
  for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
  return bytes;
}

function header({ answers }: { readonly answers: number }): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt16BE(0x8400, 2);
  bytes.writeUInt16BE(answers, 6);
  return bytes;
}

function withServer(change: object): readonly DnsRecord[] {
  return announced("one").map((record) =>
    record.type === "SRV" ? { ...record, data: { ...record.data, ...change } } : record,
  );
}

function announcedAt(address: string): readonly DnsRecord[] {
  return announced("one").map((record) => (record.type === "A" ? { ...record, data: address } : record));
}

function withText(text: string): readonly DnsRecord[] {
  const strings = text.match(/.{1,255}/g)?.map((string) => Buffer.from(string)) ?? [];
  return announced("one").map((record) => (record.type === "TXT" ? { ...record, data: strings } : record));
}

function renamed(instance: string): readonly DnsRecord[] {
  return announced("one").map((record) => (record.type === "A" ? record : { ...record, name: instance }));
}

function hex(text: string): string {
  return deflateSync(text).toString("hex");
}

test.run();
