import { MemoryRegistry, type ServiceRecord } from "@micro/kernel";
import { eventually } from "@micro/kernel/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Fleet } from "../src/observe/fleet.ts";
import { greeter, withObserved } from "./support/observed.ts";

const test = suite("the fleet as an observer sees it");
const limitMs = 5000;

const record = (name: string, id: string, version = "1.0.0", metadata: Record<string, string> = {}): ServiceRecord => ({
  ...{ name, version, metadata: {} },
  endpoints: [{ name: "Say.Hello", request: null, response: null, metadata: { stream: "false" } }],
  nodes: [{ id, address: "127.0.0.1:1", metadata }],
});

test("services that were there before and services that come are seen, and those that leave", async () => {
  await withObserved({}, async ({ observer, join }) => {
    const other = await join([greeter]);
    const name = "go.micro.srv.greeter";
    await eventually(limitMs, "the service", () => observer.fleet.has(name));
    const service = observer.fleet.service(name);
    assert.equal([service?.health, service?.versions, service?.nodes.length], ["up", ["1.0.0"], 1]);
    assert.is(service?.nodes[0]?.metadata.transport, "memory");
    assert.ok(service?.endpoints.some((endpoint) => endpoint.name === "Say.Hello"));

    await other.stop();
    await eventually(limitMs, "its end", () => observer.fleet.service(name)?.health === "down");
  });
});

test("what was registered before the kernel started is read from the registry", async () => {
  const { createMemoryNetwork, memory, startKernel } = await import("@micro/kernel");
  const { Observer } = await import("../src/observe/index.ts");
  const network = createMemoryNetwork();
  const observer = new Observer();
  const other = await startKernel({ plugins: [memory({ network })], services: [greeter] });
  const kernel = await startKernel({ plugins: [memory({ network }), observer.plugin()] });
  try {
    await eventually(limitMs, "the service", () => observer.fleet.has("go.micro.srv.greeter"));
  } finally {
    observer.close();
    await kernel.stop();
    await other.stop();
  }
});

test("an instance that left is shown for a minute, and then goes with its service", () => {
  let now = 0;
  const fleet = new Fleet(10, () => now);
  fleet.put(record("a", "a-1"));
  fleet.put(record("a", "a-2"));
  fleet.put(record("b", "b-1"));
  fleet.apply({ action: "delete", service: record("a", "a-1") });
  assert.equal(
    fleet.service("a")?.nodes.map(({ health }) => health),
    ["left", "up"],
  );
  assert.is(fleet.service("a")?.health, "up");
  fleet.apply({ action: "delete", service: { ...record("a", "a-2"), nodes: [] } });
  assert.is(fleet.service("a")?.health, "down");

  fleet.sweep();
  assert.ok(fleet.has("a"));
  now = 60_001;
  const { version } = fleet;
  fleet.sweep();
  assert.not(fleet.has("a"));
  assert.is(fleet.service("b")?.nodes.length, 1);
  assert.ok(fleet.version > version);
});

test("a node that changed its version did not leave", () => {
  const fleet = new Fleet(10);
  fleet.put(record("a", "a-1", "1.0.0"));
  fleet.apply({ action: "create", service: record("a", "a-1", "2.0.0") });
  fleet.apply({ action: "delete", service: record("a", "a-1", "1.0.0") });

  assert.equal(fleet.service("a")?.versions, ["2.0.0"]);
  assert.is(fleet.service("a")?.health, "up");
});

test("a second reading of the registry takes away what it does not have", async () => {
  const registry = new MemoryRegistry();
  const fleet = new Fleet(10);
  await registry.register(record("a", "a-1"));
  for (const [name, id] of [
    ["a", "a-0"],
    ["b", "b-1"],
  ] as const)
    fleet.put(record(name, id));

  await fleet.read(registry, false, () => false);
  assert.equal(
    fleet.service("a")?.nodes.map(({ health }) => health),
    ["up", "up"],
  );
  await fleet.read(registry, true, () => false);
  assert.equal(
    fleet.service("a")?.nodes.map(({ id, health }) => [id, health]),
    [
      ["a-0", "left"],
      ["a-1", "up"],
    ],
  );
  assert.is(fleet.service("b")?.health, "down");
  await registry.close();
});

test("of too many services the one nobody spoke of for longest goes", () => {
  const fleet = new Fleet(3);
  for (const name of ["a", "b", "c", "a", "d"]) fleet.put(record(name, `${name}-1`));

  assert.equal(
    ["a", "b", "c", "d"].map((name) => fleet.has(name)),
    [true, false, true, true],
  );
  assert.is(fleet.dropped, 1);
});

test("what others announce is cut, bounded, and without their secrets", () => {
  const fleet = new Fleet(10);
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`k${at}`, "v".repeat(10_000)]));
  let shape: unknown = null;
  for (let level = 0; level < 50_000; level++) shape = { name: "n", type: "t", values: [shape] };
  const endpoint = {
    name: "Say.Hello",
    request: shape,
    response: null,
    metadata: {},
  } as ServiceRecord["endpoints"][number];
  fleet.put({
    ...record("a", "x".repeat(10_000), "1", { "x-consul-token": "hidden", ...many }),
    endpoints: [endpoint],
  });
  for (let node = 0; node < 1100; node++) fleet.put(record("b", `b-${node}`));

  const text = JSON.stringify(fleet.service("a"));
  assert.ok(text.length < 20_000, `${text.length}`);
  assert.not.match(text, /hidden/);
  assert.is(fleet.service("b")?.nodes.length, 1000);
  assert.is(fleet.dropped, 100);
});

test.run();
