import assert from "node:assert/strict";
import { suite } from "uvu";
import { createAdvert } from "../src/advert.ts";
import type { DnsQuestion } from "../src/dns-record.ts";
import { Zone } from "../src/zone.ts";
import { optionsOf } from "./support/adverts.ts";
import { recordOf } from "./support/registries.ts";

const test = suite("the zone");

test("a service is answered instance by instance, each a packet of PTR, SRV, A and TXT", () => {
  const zone = createZone();

  assert.deepEqual(typesOf(zone, "svc.local", "PTR"), [
    ["PTR", "SRV", "A", "TXT"],
    ["PTR", "SRV", "AAAA", "TXT"],
  ]);
});

test("_services is answered with the names of services, at an address that nobody dials", () => {
  const zone = createZone();

  const answers = zone.answers({ name: "_services.local", type: "PTR" });

  assert.deepEqual(typesOf(zone, "_services.local", "PTR"), [["PTR", "SRV", "A", "TXT"]]);
  const [pointer, , address] = answers.flat();
  assert.deepEqual(pointer, {
    type: "PTR",
    class: "IN",
    name: "_services.local",
    ttl: 120,
    data: "svc._services.local",
  });
  assert.ok(address?.type === "A" && address.data === "0.0.0.0");
});

test("_services._dns-sd._udp is answered with the service", () => {
  const answers = createZone().answers({ name: "_services._dns-sd._udp.local", type: "PTR" });

  assert.deepEqual(answers, [
    [{ type: "PTR", class: "IN", name: "_services._dns-sd._udp.local", ttl: 120, data: "svc.local" }],
  ]);
});

const instanceAnswers: readonly (readonly [string, readonly (readonly string[])[]])[] = [
  ["ANY", [["SRV", "A", "TXT"]]],
  ["SRV", [["SRV", "A"]]],
  ["TXT", [["TXT"]]],
  ["A", [["A"]]],
  ["AAAA", []],
  ["PTR", []],
];

for (const [type, types] of instanceAnswers) {
  test(`an instance is answered for ${type} with ${types.flat().join(", ") || "nothing"}`, () => {
    assert.deepEqual(typesOf(createZone(), "one.svc.local", type), types);
  });
}

test("an instance of _services is answered, too", () => {
  assert.deepEqual(typesOf(createZone(), "svc._services.local", "SRV"), [["SRV", "A"]]);
});

test("in every domain it answers the same, with the names of that domain", () => {
  const inMicro = (records: unknown): unknown => JSON.parse(JSON.stringify(records).replaceAll(".local", ".micro"));
  const zone = createZone();

  for (const name of ["svc", "_services", "_services._dns-sd._udp"]) {
    const answers = zone.answers({ name: `${name}.micro`, type: "PTR" });
    assert.ok(answers.length > 0);
    assert.deepEqual(
      JSON.parse(JSON.stringify(answers)),
      inMicro(zone.answers({ name: `${name}.local`, type: "PTR" })),
    );
  }
});

test("what is not ours is not answered", () => {
  for (const name of ["other.local", "svc.other", "svc", "local", "", "three.svc.local", "other._services.local"]) {
    assert.deepEqual(createZone().answers({ name, type: "PTR" }), [], name);
    assert.deepEqual(createZone().answers({ name, type: "SRV" }), [], name);
  }
});

test("what was removed is not answered any more", () => {
  const zone = new Zone(optionsOf());
  const advert = createAdvert(recordOf("svc"), optionsOf());
  zone.add(advert);

  zone.remove(advert);

  for (const name of ["svc.local", "_services.local", "_services._dns-sd._udp.local"]) {
    assert.deepEqual(zone.answers({ name, type: "PTR" }), []);
  }
});

function createZone(): Zone {
  const zone = new Zone(optionsOf());
  zone.add(createAdvert(recordOf("svc", {}, { id: "one", address: "10.0.0.1:1" }), optionsOf()));
  zone.add(createAdvert(recordOf("svc", {}, { id: "two", address: "[fd00::1]:2" }), optionsOf()));
  return zone;
}

function typesOf(zone: Zone, name: string, type: string): readonly (readonly string[])[] {
  return zone
    .answers({ name, type: type as DnsQuestion["type"] })
    .map((records) => records.map((record) => record.type));
}

test.run();
