import { isDeepStrictEqual } from "node:util";
import type { RegistryEvent, ServiceNode, ServiceRecord } from "@micro/kernel";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { applyEvent } from "../src/registry/apply-event.ts";
import { recordOf, settled, withCache } from "./support/scripted-registry.ts";

const test = suite("events of the registry");

const name = "greeter";

test("in 10,000 runs of shuffled and doubled events the cache knows what a model knows", async () => {
  const property = fc.asyncProperty(
    fc.array(anyEvent, { maxLength: 12 }),
    fc.infiniteStream(fc.nat(1000)),
    runAgainstModel,
  );

  await fc.assert(property, { numRuns: 10_000 });
});

test("no array that was handed out is ever changed", async () => {
  const property = fc.asyncProperty(fc.array(anyEvent, { minLength: 1, maxLength: 12 }), async (events) => {
    await withCache({ maxServices: 10 }, async ({ registry, cache }) => {
      registry.set(name, ...start);
      const handedOut: { answer: readonly ServiceRecord[]; copy: unknown }[] = [];
      for (const { action, service } of events) {
        const answer = await cache.getService(name);
        handedOut.push({ answer, copy: structuredClone(answer) });
        registry.tell(action, service);
        if (service.version === "2") cache.evict(name, service.nodes[0]?.address ?? "", "refused");
      }
      for (const { answer, copy } of handedOut) assert.equal(answer, copy);
    });
  });

  await fc.assert(property, { numRuns: 1000 });
});

test("whatever came in whatever order, the next answer of the registry puts it right", async () => {
  const property = fc.asyncProperty(fc.array(anyEvent, { maxLength: 12 }), async (events) => {
    await withCache({ ttlMs: 1000, maxServices: 10 }, async ({ registry, clock, cache }) => {
      registry.set(name, ...start);
      await cache.getService(name);
      for (const { action, service } of events) registry.tell(action, service);
      const truth = [recordOf(name, ["x", "y"], "9")];
      registry.set(name, ...truth);
      clock.advance(3000);
      await cache.getService(name);
      await settled();

      assert.equal(await cache.getService(name), truth);
    });
  });

  await fc.assert(property, { numRuns: 200 });
});

test("an event that says nothing new leaves the array as it is", async () => {
  await withCache({ maxServices: 10 }, async ({ registry, cache }) => {
    registry.set(name, ...start);
    const before = await cache.getService(name);

    registry.tell("create", recordOf(name, ["a"], "1"));
    registry.tell("update", recordOf(name, ["b"], "1"));
    registry.tell("delete", recordOf(name, ["a"], "7"));
    registry.tell("delete", recordOf(name, ["z"], "1"));
    registry.tell("create", recordOf(name, [], "5"));
    registry.tell("create", recordOf("another", ["a"]));

    assert.is(cache.getService(name), before);
  });
});

test("a refresh that says nothing new leaves the array as it is", async () => {
  await withCache({ ttlMs: 1000, maxServices: 10 }, async ({ registry, clock, cache }) => {
    registry.set(name, ...start);
    const before = await cache.getService(name);
    registry.set(name, ...structuredClone(start));

    clock.advance(2000);
    await cache.getService(name);
    await settled();

    assert.is(registry.askedFor(name), 2);
    assert.is(cache.getService(name), before);
  });
});

test("what is heard while the registry is asked is not lost to an answer that is older", async () => {
  await withCache({}, async ({ registry, cache, ids }) => {
    registry.set(name, ...start);
    registry.hanging.add(name);
    const answer = cache.getService(name);
    registry.tell("create", recordOf(name, ["new"], "1"));
    registry.tell("delete", recordOf(name, ["a"], "1"));

    registry.release(name);
    await answer;

    assert.is(await ids(name), "b new");
  });
});

test("a node that is announced under another version leaves the old one", () => {
  const records = applyEvent(start, { action: "create", service: recordOf(name, ["a"], "2") });

  assert.equal(versions(records), { "1": ["b"], "2": ["a"] });
});

test("an announcement replaces what its version and its node were", () => {
  const service = { ...recordOf(name, ["a"], "1"), metadata: { of: "the version" } };
  const node = { ...(service.nodes[0] as ServiceNode), address: "elsewhere:80" };

  const [record] = applyEvent(start, { action: "update", service: { ...service, nodes: [node] } });

  assert.equal(record?.metadata, { of: "the version" });
  assert.equal(record?.nodes[0], node);
  assert.is(record?.nodes[1], start[0]?.nodes[1], "the other node is the same object");
});

test("what every object inherits is no version and no node", () => {
  for (const odd of ["__proto__", "constructor", "toString"]) {
    const added = applyEvent([], { action: "create", service: recordOf(odd, [odd], odd) });
    assert.ok(isDeepStrictEqual(versions(added), Object.fromEntries([[odd, [odd]]])));
    assert.equal(applyEvent(added, { action: "delete", service: recordOf(odd, [odd], odd) }), []);
  }
});

const start: readonly ServiceRecord[] = [recordOf(name, ["a", "b"], "1")];

const anyEvent: fc.Arbitrary<RegistryEvent> = fc.record({
  action: fc.constantFrom("create", "update", "delete"),
  service: fc
    .record({
      ids: fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { maxLength: 2 }),
      version: fc.constantFrom("1", "2", "3"),
      port: fc.constantFrom("80", "81"),
      of: fc.constantFrom("one", "two"),
    })
    .map(({ ids, version, port, of }) => ({
      ...recordOf(name, ids, version),
      metadata: { of },
      nodes: ids.map((id) => ({ id, address: `${id}:${port}`, metadata: {} })),
    })),
});

/** Tells the events in another order and some of them twice, and compares what is known after each. */
async function runAgainstModel(events: readonly RegistryEvent[], numbers: fc.Stream<number>): Promise<void> {
  await withCache({ maxServices: 10 }, async ({ registry, cache }) => {
    registry.set(name, ...start);
    await cache.getService(name);
    const model = new Model(start);
    for (const event of disturbed(events, numbers)) {
      registry.tell(event.action, event.service);
      model.hear(event);
      const known = await cache.getService(name);
      assert.ok(isDeepStrictEqual(contentsOf(known), model.contents()), JSON.stringify([known, model.contents()]));
    }
  });
}

function disturbed(events: readonly RegistryEvent[], numbers: fc.Stream<number>): readonly RegistryEvent[] {
  const next = (): number => numbers.next().value ?? 0;
  const doubled = events.flatMap((event) => (next() % 3 === 0 ? [event, event] : [event]));
  return doubled
    .map((event) => ({ event, at: next() }))
    .sort((one, other) => one.at - other.at)
    .map(({ event }) => event);
}

/** The same rules written down the plain way: each node has a version and lies in one map. */
class Model {
  readonly #nodes = new Map<string, { version: string; node: ServiceNode }>();
  readonly #metadata = new Map<string, unknown>();

  constructor(records: readonly ServiceRecord[]) {
    for (const service of records) this.hear({ action: "create", service });
  }

  hear({ action, service: { version, nodes, metadata } }: RegistryEvent): void {
    if (action === "delete") {
      const ids = nodes.length === 0 ? [...this.#nodes.keys()] : nodes.map(({ id }) => id);
      for (const id of ids) if (this.#nodes.get(id)?.version === version) this.#nodes.delete(id);
    } else if (nodes.length > 0) {
      this.#metadata.set(version, metadata);
      for (const node of nodes) this.#nodes.set(node.id, { version, node });
    }
  }

  contents(): unknown {
    return [...this.#nodes.values()]
      .map(({ version, node }) => [version, this.#metadata.get(version), node])
      .sort(byText);
  }
}

function contentsOf(records: readonly ServiceRecord[]): unknown {
  return records.flatMap(({ version, metadata, nodes }) => nodes.map((node) => [version, metadata, node])).sort(byText);
}

function byText(one: unknown, other: unknown): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;
}

function versions(records: readonly ServiceRecord[]): unknown {
  return Object.fromEntries(records.map(({ version, nodes }) => [version, nodes.map(({ id }) => id)]));
}

test.run();
