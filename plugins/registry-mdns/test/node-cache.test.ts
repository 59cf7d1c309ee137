import assert from "node:assert/strict";
import { suite } from "uvu";
import type { Announcement } from "../src/announcement.ts";
import { NodeCache } from "../src/node-cache.ts";
import type { MdnsOptions } from "../src/options.ts";
import { createStats, type MdnsStats } from "../src/stats.ts";
import { announcedRecord, announcementIn, announcementOf, optionsOf } from "./support/adverts.ts";
import { recordOf } from "./support/registries.ts";

const test = suite("the cache of nodes");
const a = "10.0.0.1";
const b = "10.0.0.2";
const all = Number.POSITIVE_INFINITY;

test("a node is found once, however often it is announced", () => {
  const { cache, heard } = createCache();

  for (const now of [0, 1000, 3000]) cache.accept(announcementOf("one"), a, "group", now);

  assert.deepEqual(heard, ["found one 10.0.0.1:80"]);
});

test("a node is lost when its time is over, and a renewal makes it longer", () => {
  const { cache, heard } = createCache();
  cache.accept(announcementOf("one"), a, "group", 0);
  cache.accept(announcementOf("one"), a, "answer", 100_000);

  cache.sweep(121_000, all);
  assert.equal(heard.length, 1);

  cache.sweep(220_000, all);
  assert.deepEqual(heard.slice(1), ["lost one"]);
});

test("no announcement is believed for longer than 120 seconds", () => {
  const { cache, heard } = createCache();
  cache.accept(announcementOf("one", undefined, 2 ** 32 - 1), a, "group", 0);

  cache.sweep(120_000, all);

  assert.deepEqual(heard.slice(1), ["lost one"]);
});

test("a service is asked for at 80 % of the life of its nodes, and again until the end", () => {
  const { cache } = createCache();
  cache.accept(announcementOf("one"), a, "group", 0);

  assert.deepEqual(cache.sweep(95_000, all), []);
  assert.deepEqual(cache.sweep(99_000, all), ["svc"]);
  assert.deepEqual(cache.sweep(99_250, all), []);
  assert.deepEqual(cache.sweep(106_000, all), ["svc"]);
});

test("what is too much to ask for at once is asked for the next time", () => {
  const { cache } = createCache();
  for (const name of ["s1", "s2", "s3"]) cache.accept(announcementOf("one", undefined, 120, name), a, "group", 0);

  assert.deepEqual(cache.sweep(99_000, 2), ["s1", "s2"]);
  assert.deepEqual(cache.sweep(99_250, 2), ["s3"]);
});

test("a farewell ends a node at once, and the service is asked for again a little later", () => {
  const { cache, heard } = createCache();
  cache.accept(announcementOf("one"), a, "group", 0);

  cache.accept(announcementOf("one", undefined, 0), a, "group", 1000);

  assert.deepEqual(heard.slice(1), ["lost one"]);
  assert.deepEqual(cache.sweep(1250, all), []);
  assert.deepEqual(cache.sweep(1500, all), ["svc"]);
});

test("a farewell from somebody else is not believed", () => {
  const { cache, heard, stats } = createCache();
  cache.accept(announcementOf("one"), a, "group", 0);

  cache.accept(announcementOf("one", undefined, 0), b, "group", 1000);

  assert.equal(heard.length, 1);
  assert.equal(stats.foreignGoodbye, 1);
});

test("somebody else cannot change a node, or make its life shorter", () => {
  const { cache, heard, stats } = createCache();
  cache.accept(announcementOf("one"), a, "group", 0);

  cache.accept(announcementOf("one", "10.0.0.66:80"), b, "group", 1000);
  cache.accept(announcementOf("one", undefined, 1), b, "group", 1000);
  cache.sweep(10_000, all);

  assert.equal(stats.conflict, 1);
  assert.deepEqual(heard, ["found one 10.0.0.1:80"]);
});

test("a host that went on to another address may say farewell from there once the old one is silent", () => {
  const { cache, heard } = createCache();
  cache.accept(announcementOf("one"), a, "group", 0);
  cache.accept(announcementOf("one"), b, "group", 100_000);
  cache.accept(announcementOf("one"), b, "group", 130_000);

  cache.accept(announcementOf("one", undefined, 0), b, "group", 131_000);

  assert.deepEqual(heard.slice(1), ["lost one"]);
});

test("an answer that was overtaken by the farewell does not bring the node back, an announcement does", () => {
  const { cache, heard } = createCache();
  cache.accept(announcementOf("one"), a, "group", 0);
  cache.accept(announcementOf("one", undefined, 0), a, "group", 1000);

  cache.accept(announcementOf("one"), a, "answer", 1001);
  assert.equal(heard.length, 2);

  cache.accept(announcementOf("one"), a, "group", 1002);
  assert.equal(heard.length, 3);
});

test("a node that its source announces differently is found again as it is now", () => {
  const { cache, heard } = createCache();
  cache.accept(announcementOf("one"), a, "group", 0);

  cache.accept(announcementOf("one", "10.0.0.1:81"), a, "group", 1);

  assert.deepEqual(heard, ["found one 10.0.0.1:80", "found one 10.0.0.1:81"]);
});

test("one source has a share of the places, and all together have an end", () => {
  const { cache, heard, stats } = createCache({ limits: { records: 3, recordsPerSource: 2 } });

  for (const id of ["a1", "a2", "a3"]) cache.accept(announcementOf(id), a, "group", 0);
  for (const id of ["b1", "b2"]) cache.accept(announcementOf(id), b, "group", 0);

  assert.deepEqual(
    heard.map((line) => line.split(" ")[1]),
    ["a1", "a2", "b1"],
  );
  assert.equal(stats.tooManyRecords, 2);
});

test("places are free again when nodes are lost, and none is taken by what is not believed", () => {
  const { cache, heard, stats } = createCache({ limits: { records: 1 } });
  cache.accept({ ...announcementOf("bad"), port: 0 }, a, "group", 0);
  cache.accept(announcementOf("one"), a, "group", 0);
  cache.accept(announcementOf("one", undefined, 0), a, "group", 1);

  cache.accept(announcementOf("two"), a, "group", 2);

  assert.equal(stats.badPort, 1);
  assert.equal(heard.at(-1), "found two 10.0.0.1:80");
});

test("names are kept and asked for like nodes, and count like them", () => {
  const { cache, stats } = createCache({ limits: { records: 1 } });
  cache.acceptName("svc", 120, a, 0);
  cache.acceptName("more", 120, a, 0);

  assert.deepEqual([...cache.names()], ["svc"]);
  assert.equal(stats.tooManyRecords, 1);
  assert.deepEqual(cache.sweep(99_000, all), ["_services"]);
  cache.sweep(120_000, all);
  assert.deepEqual([...cache.names()], []);
});

test("a name goes with the last node of it that said farewell", () => {
  const { cache } = createCache();
  cache.acceptName("svc", 120, a, 0);
  for (const id of ["one", "two"]) cache.accept(announcementOf(id), a, "group", 0);

  cache.accept(announcementOf("one", undefined, 0), a, "group", 1);
  assert.deepEqual([...cache.names()], ["svc"]);

  cache.accept(announcementOf("two", undefined, 0), a, "group", 1);
  assert.deepEqual([...cache.names()], []);
});

test("a node in two domains is found once, takes one place, and is lost once", () => {
  const { cache, heard, stats } = createCache({ limits: { records: 1 } });

  for (const domain of ["local", "micro", "local", "micro"]) cache.accept(saying({}, domain), a, "group", 0);
  for (const domain of ["local", "micro"]) cache.accept(saying({}, domain, 0), a, "group", 1);

  assert.deepEqual(heard, ["found one 10.0.0.1:80", "lost one"]);
  assert.equal(stats.tooManyRecords, 0);
  cache.accept(announcementOf("two"), a, "group", 2);
  assert.equal(heard.at(-1), "found two 10.0.0.1:80", "its place is free again");
});

test("a node lives on when one of its domains is silent", () => {
  const { cache, heard } = createCache();
  cache.accept(saying({}, "local"), a, "group", 0);
  cache.accept(saying({}, "micro"), a, "group", 100_000);

  cache.sweep(121_000, all);

  assert.equal(heard.length, 1);
});

for (const order of [
  ["local", "micro"],
  ["micro", "local"],
] as const) {
  test(`what says more of a node is believed, heard first from ${order[0]}`, () => {
    const { cache, said } = createCache();
    const announcements = { local: saying({}, "local"), micro: saying({ protocol: "mucp" }, "micro") };

    for (const domain of [...order, ...order]) cache.accept(announcements[domain], a, "group", 0);

    assert.deepEqual(said, order[0] === "local" ? [{}, { protocol: "mucp" }] : [{ protocol: "mucp" }]);
  });
}

for (const domain of ["local", "micro"]) {
  test(`what a node says of itself in both domains becomes less as soon as ${domain} says so`, () => {
    const { cache, said } = createCache();
    for (const each of ["local", "micro"]) cache.accept(saying({ a: "bcd" }, each), a, "group", 0);

    cache.accept(saying({ a: "b" }, domain), a, "group", 1);

    assert.deepEqual(said, [{ a: "bcd" }, { a: "b" }]);
  });
}

test("what says more is believed no longer than it is announced", () => {
  const { cache, heard, said } = createCache();
  cache.accept(saying({ protocol: "mucp" }, "micro"), a, "group", 0);
  cache.accept(saying({}, "local"), a, "group", 100_000);

  cache.sweep(120_000, all);
  cache.accept(saying({}, "local"), a, "group", 120_001);

  assert.deepEqual(heard, ["found one 10.0.0.1:80", "lost one", "found one 10.0.0.1:80"]);
  assert.deepEqual(said.at(-1), {});
});

test("in another domain, too, somebody else cannot change a node or say farewell for it", () => {
  const { cache, heard, stats } = createCache();
  cache.accept(saying({}, "local"), a, "group", 0);

  cache.accept(saying({ protocol: "mucp" }, "micro"), b, "group", 1);
  cache.accept(saying({}, "micro", 0), b, "group", 2);

  assert.equal(heard.length, 1);
  assert.deepEqual([stats.conflict, stats.foreignGoodbye], [1, 1]);
});

function saying(metadata: Readonly<Record<string, string>>, domain: string, ttl?: number): Announcement {
  const record = recordOf("svc", {}, { id: "one", address: "10.0.0.1:80", metadata });
  return announcementIn(announcedRecord(record, domain, ttl));
}

interface Heard {
  readonly cache: NodeCache;
  readonly stats: MdnsStats;
  /** What the listener was told, in order. */
  readonly heard: string[];
  /** The metadata of the nodes that were found. */
  readonly said: object[];
}

function createCache(options: MdnsOptions = {}): Heard {
  const stats = createStats();
  const heard: string[] = [];
  const said: object[] = [];
  const cache = new NodeCache(optionsOf(options), stats, {
    found: ({ nodes: [node] }) => {
      heard.push(`found ${node?.id} ${node?.address}`);
      said.push(node?.metadata ?? {});
    },
    lost: (_name, id) => heard.push(`lost ${id}`),
  });
  return { cache, stats, heard, said };
}

test.run();
