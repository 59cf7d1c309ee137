import assert from "node:assert/strict";
import type { ServiceRecord } from "@micro/kernel";
import { suite } from "uvu";
import { createAdvert, recordsOf } from "../src/advert.ts";
import { readAnnouncements, readNames, readNode } from "../src/announcement.ts";
import type { DnsRecord } from "../src/dns-record.ts";
import { announced, announcementIn, announcementOf, optionsOf } from "./support/adverts.ts";
import { recordOf } from "./support/registries.ts";

const test = suite("announcements");
const { limits, domains } = optionsOf();

test("SRV, A and TXT make a node, without a PTR", () => {
  const node = readNode(announcementOf("one", "10.0.0.7:8080"), limits) as ServiceRecord;

  assert.deepEqual(node.nodes, [{ id: "one", address: "10.0.0.7:8080", metadata: {} }]);
});

test("an address belongs to the SRV that stands before it, as all nodes of a host share its name", () => {
  const records = [...announced("one", "10.0.0.1:1"), ...announced("two", "10.0.0.2:2")];

  const addresses = readAnnouncements(records, domains).map(({ address, port }) => `${address}:${port}`);

  assert.deepEqual(addresses, ["10.0.0.1:1", "10.0.0.2:2"]);
});

test("an address that stands elsewhere is found by the name of the host", () => {
  const [server, address, text] = announced("one", "10.0.0.7:80") as [DnsRecord, DnsRecord, DnsRecord];

  assert.equal(announcementIn([address, text, server]).address, "10.0.0.7");
  assert.equal(announcementIn([text, server, address]).address, "10.0.0.7");
});

test("an IPv4 address goes before an IPv6 one, which stands in brackets", () => {
  const [server, address, text] = announced("one", "10.0.0.7:80") as [DnsRecord, DnsRecord, DnsRecord];
  const [, ipv6] = announced("one", "[fd00::7]:80") as [DnsRecord, DnsRecord];

  assert.equal(announcementIn([server, ipv6, address, text]).address, "10.0.0.7");
  const node = readNode(announcementOf("one", "[fd00::7]:80"), limits) as ServiceRecord;
  assert.equal(node.nodes[0]?.address, "[fd00::7]:80");
});

const wrong: readonly (readonly [string, object, string])[] = [
  ["no address", { address: undefined }, "incomplete"],
  ["no text", { text: undefined }, "incomplete"],
  ["port 0", { port: 0 }, "badPort"],
  ["port 70000", { port: 70_000 }, "badPort"],
  ["an address that is none", { address: "example.com" }, "badAddress"],
  ["the address of all interfaces", { address: "0.0.0.0" }, "badAddress"],
  ["the address of a group", { address: "224.0.0.251" }, "badAddress"],
  ["the address of everybody", { address: "255.255.255.255" }, "badAddress"],
  ["the IPv6 address of a group", { address: "ff02::fb" }, "badAddress"],
  ["a name of more than 253 bytes", { instance: `${"a.".repeat(130)}svc.local` }, "badName"],
  ["the name of another service", { instance: "one.other" }, "badName"],
  ["no id", { instance: "svc" }, "badName"],
  ["a text that is none", { text: [Buffer.from("zz")] }, "badText"],
];

for (const [what, change, fault] of wrong) {
  test(`a node with ${what} is not believed`, () => {
    assert.equal(readNode({ ...announcementOf("one"), ...change }, limits), fault);
  });
}

test("in every domain a node has the same name and says the same", () => {
  const [local, micro] = domains.map((domain) => announcementOf("one", undefined, undefined, undefined, domain));

  assert.deepEqual({ ...local, domain: "micro" }, micro);
});

test("what is in no domain of ours is nobody's", () => {
  assert.deepEqual(readAnnouncements(announced("one"), ["micro"]), []);
});

test("names of services are read in every domain, and from nowhere else", () => {
  const name = (domain: string, under = "_services"): DnsRecord => ({
    type: "PTR",
    class: "IN",
    name: `${under}.${domain}`,
    ttl: 120,
    data: `${domain}.svc.${under}.${domain}`,
  });

  const names = readNames([name("local"), name("micro"), name("other"), name("local", "svc")], domains);

  assert.deepEqual([...names.keys()], ["local.svc", "micro.svc"]);
});

test("an id that is too long in one of the domains has its short name in all of them", () => {
  const id = `${"a.".repeat(50)}z`;
  const record = recordOf("svc", {}, { id });
  const long = `${"long.".repeat(30)}micro`;

  assert.equal(createAdvert(record, optionsOf()).instance, `${id}.svc`);
  const { instance } = createAdvert(record, optionsOf({ domains: ["local", long] }));

  assert.match(instance, /^[^.]+\.svc$/);
});

test("an id that DNS cannot carry is told in the text, under a short name", () => {
  const id = `${"long-".repeat(12)}-2f443ecc-8989-408b-95aa-f21b21dc3b92`;

  const announcement = announcementOf(id);

  assert.ok(announcement.instance.split(".").every((label) => label.length <= 63));
  assert.equal((readNode(announcement, limits) as ServiceRecord).nodes[0]?.id, id);
});

test("an id in a text that is not its instance's is not believed", () => {
  const long = announcementOf("x".repeat(64));

  assert.equal(readNode({ ...long, instance: "victim.svc" }, limits), "badName");
});

test("a host name, or what stands for all interfaces, is told as an address of this machine", () => {
  for (const host of ["", "0.0.0.0", "[::]", "example.com"]) {
    const { address } = createAdvert(recordOf("svc", {}, { address: `${host}:80` }), optionsOf());
    assert.match(address, /^[1-9]\d*\.\d+\.\d+\.\d+$/, host);
  }
  assert.equal(createAdvert(recordOf("svc", {}, { address: "localhost:80" }), optionsOf()).address, "127.0.0.1");
});

test("shapes of methods that make the text too long are left out, the methods stay", () => {
  const shape = { name: "Request", type: "Request", values: manyFields() };
  const endpoints = [{ name: "Say.Hello", request: shape, response: shape, metadata: { stream: "false" } }];
  const advert = createAdvert(recordOf("svc", { endpoints }), optionsOf());

  const node = readNode(announcementIn(recordsOf(advert, "local")), limits) as ServiceRecord;

  assert.deepEqual(node.endpoints, [{ ...endpoints[0], request: null, response: null }]);
});

const refused: readonly (readonly [string, ServiceRecord, RegExp])[] = [
  ["a subject of a message bus", recordOf("svc", {}, { address: "subject" }), /--registry=consul/],
  ["port 0", recordOf("svc", {}, { address: "10.0.0.1:0" }), /"10\.0\.0\.1:0"/],
  ["no node", recordOf("svc", { nodes: [] }), /exactly one node/],
  ["a service name with two dots", recordOf("a..b"), /"a\.\.b"/],
  ["a part of more than 63 bytes in the name", recordOf("x".repeat(64)), /63 bytes/],
  [
    "metadata of 100 kB",
    recordOf(
      "svc",
      {},
      {
        metadata: {
          a: manyFields()
            .map(({ name }) => name)
            .join(),
        },
      },
    ),
    /8192/,
  ],
];

for (const [what, record, message] of refused) {
  test(`a record with ${what} is refused with the reason`, () => {
    assert.throws(() => createAdvert(record, optionsOf()), { name: "MicroError", code: 400, message });
  });
}

function manyFields(): { name: string; type: string; values: null }[] {
  return Array.from({ length: 3000 }, (_, at) => ({
    name: `f${Math.imul(at, 2_654_435_761) >>> 0}`,
    type: "s",
    values: null,
  }));
}

test.run();
