import assert from "node:assert/strict";
import { MicroError } from "@micro/wire";
import { suite } from "uvu";
import type { RegistryEvent, ServiceRecord } from "../../src/contracts/registry.ts";
import { createMemoryNetwork, MemoryRegistry } from "../../src/memory/index.ts";

const test = suite("memory registry");

test("a registration is known to everybody on the network when it resolves", async () => {
  const network = createMemoryNetwork();
  const [one, two] = [new MemoryRegistry(network), new MemoryRegistry(network)];

  await one.register(recordOf("a"));

  assert.deepEqual(nodesOf(two), ["a"]);
});

test("registries without a common network do not see each other", async () => {
  const [one, two] = [new MemoryRegistry(), new MemoryRegistry()];

  await one.register(recordOf("a"));

  assert.deepEqual(two.getService("greeter"), []);
});

test("what it hands out cannot be changed", async () => {
  const registry = new MemoryRegistry();
  await registry.register(recordOf("a"));

  const [record] = registry.getService("greeter") as unknown as [{ version: string; nodes: unknown[] }];

  assert.throws(() => record.nodes.push("b"), TypeError);
  assert.throws(() => {
    record.version = "2.0.0";
  }, TypeError);
});

test("registering again without a change keeps the array and tells nobody", async () => {
  const registry = new MemoryRegistry();
  await registry.register(recordOf("a"));
  const before = registry.getService("greeter");
  const events = eventsOf(registry);

  await registry.register(recordOf("a"));

  assert.equal(registry.getService("greeter"), before);
  assert.deepEqual(events, []);
});

test("a node that comes with another version leaves the old one", async () => {
  const registry = new MemoryRegistry();
  await registry.register(recordOf("a", "1.0.0"));
  const events = eventsOf(registry);

  await registry.register(recordOf("a", "2.0.0"));

  assert.deepEqual(
    registry.getService("greeter").map(({ version }) => version),
    ["2.0.0"],
  );
  assert.deepEqual(events, ["delete a 1.0.0", "create a 2.0.0"]);
});

test("the endpoints of a version are those announced last", async () => {
  const registry = new MemoryRegistry();
  const endpoint = { name: "Say.Hello", request: null, response: null, metadata: {} };
  await registry.register(recordOf("a"));
  await registry.register({ ...recordOf("b"), endpoints: [endpoint] });
  await registry.register({ ...recordOf("a"), metadata: { changed: "yes" } });

  assert.deepEqual(registry.getService("greeter")[0]?.endpoints, []);
});

test("a listener that registers something itself does not turn the order of events", async () => {
  const registry = new MemoryRegistry();
  let answered: Promise<void> | undefined;
  registry.watch(() => {
    answered ??= registry.register(recordOf("b"));
  });
  const events = eventsOf(registry);

  await registry.register(recordOf("a"));
  await answered;

  assert.deepEqual(events, ["create a 1.0.0", "create b 1.0.0"]);
});

test("a node that somebody else announces too stays when the first one closes", async () => {
  const network = createMemoryNetwork();
  const [before, after] = [new MemoryRegistry(network), new MemoryRegistry(network)];
  await before.register(recordOf("a"));
  await after.register(recordOf("a"));

  await before.close();

  assert.deepEqual(nodesOf(after), ["a"]);
});

test("a deregistration of another version leaves the node", async () => {
  const registry = new MemoryRegistry();
  await registry.register(recordOf("a", "2.0.0"));

  await registry.deregister(recordOf("a", "1.0.0"));

  assert.deepEqual(nodesOf(registry), ["a"]);
});

test("a closed registry cannot tell, and takes nothing", async () => {
  const registry = new MemoryRegistry();
  await registry.close();

  assert.throws(() => registry.getService("greeter"), isUnavailable);
  await assert.rejects(registry.register(recordOf("a")), isUnavailable);
  await assert.rejects(registry.listServices(), isUnavailable);
});

test.run();

function recordOf(id: string, version = "1.0.0"): ServiceRecord {
  return { name: "greeter", version, metadata: {}, endpoints: [], nodes: [{ id, address: "memory:1", metadata: {} }] };
}

function nodesOf(registry: MemoryRegistry): string[] {
  return registry.getService("greeter").flatMap(({ nodes }) => nodes.map(({ id }) => id));
}

function eventsOf(registry: MemoryRegistry): string[] {
  const events: string[] = [];
  registry.watch(({ action, service }: RegistryEvent) => {
    events.push(`${action} ${service.nodes.map(({ id }) => id).join()} ${service.version}`);
  });
  return events;
}

function isUnavailable(error: unknown): boolean {
  return MicroError.is(error) && error.code === 503 && error.reason === "registry_unavailable";
}
