import assert from "node:assert/strict";
import { suite } from "uvu";
import { filterEndpoint, filterLabel, filterVersion } from "../../src/client/filters.ts";
import { createSelector, randomSelector, roundRobinSelector } from "../../src/client/selectors.ts";
import type { ServiceNode, ServiceRecord } from "../../src/contracts/registry.ts";
import type { Filter } from "../../src/contracts/selector.ts";
import { MemoryRegistry } from "../../src/memory/index.ts";

const test = suite("selectors and filters");

test("round robin takes one node after the other, across calls", async () => {
  const selector = roundRobinSelector(await registryOf("a", "b", "c"));

  const ids = Array.from({ length: 9 }, () => (selector.pick(selection("greeter")) as ServiceNode).id);

  assert.equal(new Set(ids.slice(0, 3)).size, 3);
  assert.deepEqual(ids.slice(3, 6), ids.slice(0, 3));
  assert.deepEqual(ids.slice(6), ids.slice(0, 3));
});

test("round robin does not begin every service, or every client, at the first node", async () => {
  const registry = await registryOf("a", "b", "c", "d");
  const starts = new Set<string>();

  for (let client = 0; client < 200; client++) {
    starts.add((roundRobinSelector(registry).pick(selection("greeter")) as ServiceNode).id);
  }

  assert.equal(starts.size, 4);
});

test("round robin forgets the oldest of very many services, and goes on", async () => {
  const registry = new MemoryRegistry();
  const selector = roundRobinSelector(registry);

  for (let index = 0; index < 1100; index++) {
    await registry.register(recordOf(`service ${index}`, "a"));
    assert.equal((selector.pick(selection(`service ${index}`)) as ServiceNode).id, "a");
  }

  assert.equal((selector.pick(selection("service 0")) as ServiceNode).id, "a");
});

test("random takes every node about as often", async () => {
  const selector = randomSelector(await registryOf("a", "b", "c", "d"));
  const counts = new Map<string, number>();

  for (let pick = 0; pick < 4000; pick++) {
    const { id } = selector.pick(selection("greeter")) as ServiceNode;
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }

  // Twenty times the standard deviation away from a thousand.
  for (const count of counts.values()) assert.ok(count > 450 && count < 1550, `${count} of 4000`);
});

test("a strategy gets the same array of nodes until the registry changes", async () => {
  const registry = await registryOf("a", "b");
  const seen: (readonly ServiceNode[])[] = [];
  const selector = createSelector("spy", () => (nodes) => {
    seen.push(nodes);
    return nodes[0] as ServiceNode;
  })(registry);

  await selector.pick(selection("greeter"));
  await selector.pick(selection("greeter"));
  await registry.register(recordOf("greeter", "c"));
  await selector.pick(selection("greeter"));

  assert.equal(seen[1], seen[0]);
  assert.notEqual(seen[2], seen[0]);
  assert.deepEqual(
    seen[2]?.map(({ id }) => id),
    ["a", "b", "c"],
  );
});

test("each selector has a strategy of its own", async () => {
  let made = 0;
  const factory = createSelector("counting", () => {
    made++;
    return ([first]) => first as ServiceNode;
  });
  const registry = await registryOf("a");

  factory(registry);
  factory(registry);

  assert.equal(made, 2);
});

const records: readonly ServiceRecord[] = Object.freeze([
  recordOf("greeter", "a", { version: "1.0.0", endpoint: "Say.Hello", region: "eu" }),
  recordOf("greeter", "b", { version: "2.0.0", endpoint: "Say.Bye", region: "us" }),
]);

for (const [what, filter, left] of [
  ["filterEndpoint keeps the versions with the endpoint", filterEndpoint("Say.Hello"), ["a"]],
  ["filterEndpoint takes the whole name", filterEndpoint("Say"), []],
  ["filterLabel keeps the nodes with the label", filterLabel("region", "us"), ["b"]],
  ["filterLabel with a label that no node has keeps none", filterLabel("zone", "1"), []],
  [
    "filterLabel does not see what every object inherits",
    filterLabel("toString", String(Object.prototype.toString)),
    [],
  ],
  ["filterVersion keeps the version", filterVersion("2.0.0"), ["b"]],
  ["filterVersion takes the whole version", filterVersion("2"), []],
] as readonly [string, Filter, readonly string[]][]) {
  test(what, () => {
    const remaining = filter(records);

    assert.deepEqual(
      remaining.flatMap(({ nodes }) => nodes.map(({ id }) => id)),
      left,
    );
    assert.equal(remaining.length, left.length, "a record without nodes goes");
    assert.equal(filter(records), remaining, "the same records are filtered once");
  });
}

test("filterLabel leaves the records that it was given as they were", () => {
  const record = { ...(records[0] as ServiceRecord), nodes: [...records.flatMap(({ nodes }) => nodes)] };

  const [copy] = filterLabel("region", "us")([record]);

  assert.deepEqual(
    copy?.nodes.map(({ id }) => id),
    ["b"],
  );
  assert.deepEqual(
    record.nodes.map(({ id }) => id),
    ["a", "b"],
  );
});

test.run();

function selection(service: string): { service: string; method: string; filters: readonly Filter[] } {
  return { service, method: "Say.Hello", filters: [] };
}

async function registryOf(...ids: string[]): Promise<MemoryRegistry> {
  const registry = new MemoryRegistry();
  for (const id of ids) await registry.register(recordOf("greeter", id));
  return registry;
}

function recordOf(
  name: string,
  id: string,
  { version = "1.0.0", endpoint = "Say.Hello", region = "eu" } = {},
): ServiceRecord {
  return {
    name,
    version,
    metadata: {},
    endpoints: [{ name: endpoint, request: null, response: null, metadata: {} }],
    nodes: [{ id, address: "memory:1", metadata: { region } }],
  };
}
