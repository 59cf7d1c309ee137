import { filterVersion, MicroError, type Selection, type ServiceNode, type ServiceRecord } from "@micro/kernel";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type CachedRegistry, cacheSelector } from "../src/registry/index.ts";
import { idsOf, recordOf, settled, withCache } from "./support/scripted-registry.ts";

const test = suite("nodes that are left out");

const name = "greeter";

test("a node that refused a connection is not picked again", async () => {
  await withCache({}, async ({ registry, cache, ids }) => {
    registry.set(name, recordOf(name, ["a", "b"]));
    await ids(name);

    cache.evict(name, "a:80", "refused");

    assert.is(pickedOf(cache), "b");
  });
});

test("a lookup that still lists it does not bring it back, its announcement does", async () => {
  await withCache({ ttlMs: 100 }, async ({ registry, clock, cache, ids }) => {
    registry.set(name, recordOf(name, ["a", "b"]));
    await ids(name);
    cache.evict(name, "a:80", "refused");

    clock.advance(200);
    await ids(name);
    await settled();
    assert.is(registry.askedFor(name), 2);
    assert.is(await ids(name), "b");

    registry.tell("update", recordOf(name, ["a"]));
    assert.is(await ids(name), "a b");
  });
});

test("it is tried again after a second, and each time that it fails after twice as long, up to half a minute", async () => {
  await withCache({}, async ({ registry, clock, cache, ids }) => {
    registry.set(name, recordOf(name, ["a", "b"]));
    await ids(name);
    const seconds: number[] = [];
    for (let round = 0; round < 7; round++) {
      cache.evict(name, "a:80", "refused");
      const start = clock.now();
      while ((await ids(name)) === "b") clock.advance(100);
      seconds.push(Math.round((clock.now() - start) / 1000));
    }

    assert.equal(seconds, [1, 2, 4, 8, 16, 30, 30]);
  });
});

test("many calls that fail at one moment are one failure", async () => {
  await withCache({}, async ({ registry, clock, cache, ids }) => {
    registry.set(name, recordOf(name, ["a", "b"]));
    await ids(name);

    for (let count = 0; count < 100; count++) cache.evict(name, "a:80", "refused");
    clock.advance(1200);

    assert.is(await ids(name), "a b");
    assert.is(cache.stats.evictions, 1);
  });
});

test("a node that was well for long begins anew", async () => {
  await withCache({ ttlMs: 10 }, async ({ registry, clock, cache, ids }) => {
    registry.set(name, recordOf(name, ["a", "b"]));
    await ids(name);
    for (let round = 0; round < 4; round++) {
      cache.evict(name, "a:80", "refused");
      clock.advance(9000);
      await ids(name);
    }
    clock.advance(60_000);
    await ids(name);
    await settled();

    cache.evict(name, "a:80", "refused");
    clock.advance(1200);

    assert.is(await ids(name), "a b");
  });
});

test("when all nodes are out all are in", async () => {
  await withCache({}, async ({ registry, cache, ids }) => {
    registry.set(name, recordOf(name, ["a"]), recordOf(name, ["b"], "2.0.0"));
    await ids(name);

    cache.evict(name, "a:80", "refused");
    assert.is(pickedOf(cache), "b");
    cache.evict(name, "b:80", "refused");

    assert.is(pickedOf(cache), "a b");
  });
});

test("a filter that leaves only nodes that are out has them all the same", async () => {
  await withCache({}, async ({ registry, cache, ids }) => {
    registry.set(name, recordOf(name, ["a", "c"]), recordOf(name, ["b"], "2.0.0"));
    await ids(name);
    cache.evict(name, "b:80", "refused");

    assert.is(pickedOf(cache), "a c");
    assert.is(pickedOf(cache, filterVersion("2.0.0")), "b");
    assert.is(
      errorOf(() => pickedOf(cache, filterVersion("3.0.0"))),
      "503 none_available",
    );
  });
});

test("a node that moved to another address is in again", async () => {
  await withCache({ ttlMs: 100 }, async ({ registry, clock, cache, ids }) => {
    registry.set(name, recordOf(name, ["a", "b"]));
    await ids(name);
    cache.evict(name, "a:80", "refused");
    const [record] = [recordOf(name, ["a", "b"])];
    registry.set(name, { ...record, nodes: record.nodes.map((node) => ({ ...node, address: `${node.id}:81` })) });

    clock.advance(200);
    await ids(name);
    await settled();

    assert.is(await ids(name), "a b");
  });
});

test("an address that nobody knows, and a service that nobody asked for, are no mistakes", async () => {
  await withCache({}, async ({ registry, cache, ids }) => {
    registry.set(name, recordOf(name, ["a"]));
    await ids(name);

    cache.evict(name, "nowhere:1", "refused");
    cache.evict("unknown", "a:80", "refused");

    assert.is(cache.stats.evictions, 0);
    assert.is(pickedOf(cache), "a");
  });
});

test.run();

/** The ids of the nodes that are picked sooner or later. */
function pickedOf(cache: CachedRegistry, ...filters: Selection["filters"]): string {
  const selector = cacheSelector(cache);
  const picked = new Set<ServiceNode>();
  for (let count = 0; count < 200; count++) {
    picked.add(selector.pick({ service: name, method: "Say.Hello", filters }) as ServiceNode);
  }
  const records: readonly ServiceRecord[] = [{ ...recordOf(name, []), nodes: [...picked] }];
  return idsOf(records);
}

function errorOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (MicroError.is(error)) return `${error.code} ${error.reason}`;
  }
  return "no failure";
}
