import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { Endpoint, Registry, RegistryEvent, ServiceNode, ServiceRecord } from "../contracts/registry.ts";
import { assertNotPolluted, defaultLimitMs, failsWith, type KitOptions, type Scope, withScope } from "./kit.ts";
import { leaks } from "./leaks.ts";
import { eventually } from "./within.ts";

/** What {@link testRegistry} takes. */
export interface RegistryKitOptions extends KitOptions {
  /** Makes two registries that see each other, as two processes of one fleet would. Called once for each test. */
  readonly factory: () => RegistryPair | Promise<RegistryPair>;
  /** What this registry does; everything when absent. */
  readonly supports?: {
    /** Answers `getService` without a promise, as the same array, where it knows the answer. */
    readonly sync?: boolean;
    /** Tells `watch` of every change. */
    readonly watch?: boolean;
    /** Takes back what it announced when it closes. */
    readonly takesBack?: boolean;
  };
}

/** Two registries that see each other. The kit closes both. */
export interface RegistryPair {
  readonly registry: Registry;
  readonly other: Registry;
  /** Frees what stands behind them, a server for example. Called after both were closed. */
  readonly close?: () => void | Promise<void>;
}

/** Tests that a registry keeps the contract of {@link Registry}. */
export function testRegistry({ test, factory, supports = {}, limitMs = defaultLimitMs }: RegistryKitOptions): void {
  const { sync = true, watch = true, takesBack = true } = supports;

  function withRegistries(name: string, run: (fleet: Fleet) => Promise<void>): void {
    test(name, () =>
      withScope(limitMs, async (scope) => {
        const { registry, other, close } = await scope.step("the factory", async () => factory());
        scope.defer(() => close?.());
        scope.defer(() => registry.close());
        scope.defer(() => other.close());
        await run(new Fleet(scope, registry, other));
      }),
    );
  }

  withRegistries("it says its name and how long a deregistration takes", async ({ registry }) => {
    assert.match(registry.name, /^[a-z][a-z0-9-]*$/);
    assert.ok(registry.settleMs >= 0 && Number.isFinite(registry.settleMs), "settleMs is a number of milliseconds");
  });

  withRegistries("a registered record is found by others as it was announced", async (fleet) => {
    const record = recordOf(fleet.name, { endpoints: [hello] });

    await fleet.register(record);

    const [found] = await fleet.finds(record.name, ([first]) => first !== undefined);
    assert.equal(found?.name, record.name);
    assert.equal(found?.version, record.version);
    assert.deepEqual(plain(found?.nodes), record.nodes);
    assert.deepEqual(plain(found?.endpoints), record.endpoints);
  });

  withRegistries("a registered record is found by whoever registered it", async (fleet) => {
    const record = recordOf(fleet.name);

    await fleet.register(record);

    const found = await fleet.finds(record.name, ([first]) => first !== undefined, fleet.registry);
    assert.deepEqual(nodeIds(found), nodeIds([record]));
  });

  withRegistries("a service that nobody registered has no records", async (fleet) => {
    assert.deepEqual(await fleet.getService(fleet.name), []);
  });

  withRegistries("what every object inherits is no service", async (fleet) => {
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      assert.deepEqual(await fleet.getService(name), [], name);
    }
    assertNotPolluted();
  });

  withRegistries("metadata with the names of what every object inherits is plain data", async (fleet) => {
    const metadata: Record<string, string> = JSON.parse('{"__proto__":"a","constructor":"b","toString":"c"}');
    const record = recordOf(fleet.name, { nodes: [nodeOf(fleet.name, { metadata })] });

    await fleet.register(record);

    const [found] = await fleet.finds(record.name, ([first]) => first !== undefined);
    assert.equal(JSON.stringify(sorted(found?.nodes[0]?.metadata)), JSON.stringify(sorted(metadata)));
    assertNotPolluted();
  });

  withRegistries("metadata may hold any text", async (fleet) => {
    const metadata = { empty: "", quotes: `"a" \\ 'b'`, equals: "a=b", unicode: "grüße 世界 🎉" };
    const record = recordOf(fleet.name, { nodes: [nodeOf(fleet.name, { metadata })] });

    await fleet.register(record);

    const [found] = await fleet.finds(record.name, ([first]) => first !== undefined);
    assert.deepEqual(plain(found?.nodes[0]?.metadata), metadata);
  });

  withRegistries("a record without a node, or with two, is refused", async (fleet) => {
    const { name } = fleet;
    await failsWith({}, () => fleet.register(recordOf(name, { nodes: [] })));
    await failsWith({}, () => fleet.register(recordOf(name, { nodes: [nodeOf(name), nodeOf(name)] })));
  });

  withRegistries("a record that is changed after it was registered is not changed in the registry", async (fleet) => {
    const metadata = { region: "eu" };
    const record = recordOf(fleet.name, { nodes: [nodeOf(fleet.name, { metadata })] });

    await fleet.register(record);
    metadata.region = "us";

    const [found] = await fleet.finds(record.name, ([first]) => first !== undefined, fleet.registry);
    assert.equal(found?.nodes[0]?.metadata.region, "eu");
  });

  withRegistries("two nodes of one version stand in one record", async (fleet) => {
    const [one, two] = [recordOf(fleet.name), recordOf(fleet.name)];

    await fleet.register(one);
    await fleet.register(two, fleet.other);

    for (const registry of [fleet.registry, fleet.other]) {
      const found = await fleet.finds(fleet.name, (records) => nodeIds(records).length === 2, registry);
      assert.equal(found.length, 1);
      assert.deepEqual(nodeIds(found), nodeIds([one, two]));
    }
  });

  withRegistries("two versions stand in two records", async (fleet) => {
    const [one, two] = [recordOf(fleet.name, { version: "1.0.0" }), recordOf(fleet.name, { version: "2.0.0" })];

    await fleet.register(one);
    await fleet.register(two);

    const found = await fleet.finds(fleet.name, (records) => nodeIds(records).length === 2);
    assert.deepEqual(found.map(({ version }) => version).sort(), ["1.0.0", "2.0.0"]);
    for (const record of [one, two]) {
      assert.deepEqual(nodeIds(found.filter(({ version }) => version === record.version)), nodeIds([record]));
    }
  });

  withRegistries("many nodes registered at once are all found", async (fleet) => {
    const records = Array.from({ length: 10 }, () => recordOf(fleet.name));

    await Promise.all(records.map((record) => fleet.register(record)));

    const found = await fleet.finds(fleet.name, (current) => nodeIds(current).length === records.length);
    assert.deepEqual(nodeIds(found), nodeIds(records));
  });

  withRegistries("registering a node again announces what changed", async (fleet) => {
    const before = recordOf(fleet.name);
    const [node] = before.nodes as [ServiceNode];
    const after = {
      ...before,
      endpoints: [hello],
      nodes: [{ ...node, address: "127.0.0.1:9", metadata: { up: "yes" } }],
    };

    await fleet.register(before);
    await fleet.finds(fleet.name, ([first]) => first !== undefined);
    await fleet.register(after);

    const found = await fleet.finds(fleet.name, ([first]) => first?.nodes[0]?.metadata.up === "yes");
    assert.equal(found.length, 1);
    assert.deepEqual(plain(found[0]?.nodes), after.nodes, "there is one node, and it is the changed one");
    assert.deepEqual(plain(found[0]?.endpoints), after.endpoints);
  });

  withRegistries("registering a node again without a change leaves one node", async (fleet) => {
    const record = recordOf(fleet.name);
    const marker = recordOf(`${fleet.name}.marker`);

    await fleet.register(record);
    await fleet.register(record);
    await fleet.register(marker);

    await fleet.finds(marker.name, ([first]) => first !== undefined);
    const found = await fleet.finds(fleet.name, ([first]) => first !== undefined);
    assert.deepEqual(nodeIds(found), nodeIds([record]));
  });

  withRegistries("a deregistered node goes and the others stay", async (fleet) => {
    const [one, two] = [recordOf(fleet.name), recordOf(fleet.name)];
    await fleet.register(one);
    await fleet.register(two);
    await fleet.finds(fleet.name, (records) => nodeIds(records).length === 2);

    await fleet.deregister(one);

    const found = await fleet.finds(fleet.name, (records) => nodeIds(records).length < 2);
    assert.deepEqual(nodeIds(found), nodeIds([two]));
  });

  withRegistries("a service whose last node was deregistered is gone", async (fleet) => {
    const record = recordOf(fleet.name);
    await fleet.register(record);
    await fleet.finds(fleet.name, ([first]) => first !== undefined);

    await fleet.deregister(record);

    await fleet.finds(fleet.name, (records) => records.length === 0);
    await fleet.eventually("it is not listed", async () => !(await fleet.other.listServices()).includes(fleet.name));
  });

  withRegistries("a node that was deregistered can be registered again", async (fleet) => {
    const record = recordOf(fleet.name);
    await fleet.register(record);
    await fleet.finds(fleet.name, ([first]) => first !== undefined);
    await fleet.deregister(record);
    await fleet.finds(fleet.name, (records) => records.length === 0);

    await fleet.register(record);

    const found = await fleet.finds(fleet.name, ([first]) => first !== undefined);
    assert.deepEqual(nodeIds(found), nodeIds([record]));
  });

  withRegistries("deregistering what is not registered is no mistake", async (fleet) => {
    const record = recordOf(fleet.name);

    await fleet.deregister(record);
    await fleet.register(record);
    await fleet.deregister(record);
    await fleet.deregister(record);
  });

  withRegistries("services are listed by name, each once, sorted", async (fleet) => {
    const names = ["b", "a", "c"].map((letter) => `${fleet.name}.${letter}`);
    for (const name of names) {
      await fleet.register(recordOf(name, { version: "1.0.0" }));
      await fleet.register(recordOf(name, { version: "2.0.0" }));
    }

    const ours = async (): Promise<string[]> =>
      (await fleet.other.listServices()).filter((name) => names.includes(name));
    await fleet.eventually("all are listed", async () => (await ours()).length >= names.length);
    assert.deepEqual(await ours(), [...names].sort());
  });

  if (sync) {
    withRegistries("what is known is answered without a promise, as the same array until it changes", async (fleet) => {
      await fleet.register(recordOf(fleet.name));
      await fleet.finds(fleet.name, ([first]) => first !== undefined);

      const known = fleet.other.getService(fleet.name);
      assert.ok(Array.isArray(known), "the answer is an array, not a promise");
      assert.equal(fleet.other.getService(fleet.name), known);

      const before = plain(known);
      await fleet.register(recordOf(fleet.name));
      const changed = await fleet.finds(fleet.name, (records) => nodeIds(records).length === 2);
      assert.notEqual(changed, known, "a change makes a new array");
      assert.deepEqual(plain(known), before, "and leaves the old one as it was");
    });
  }

  if (watch) {
    withRegistries("a watch is told of every change, in order", async (fleet) => {
      const record = recordOf(fleet.name);
      const [node] = record.nodes as [ServiceNode];
      const events = fleet.watch();

      await fleet.register(record);
      await fleet.eventually("the registration is told", () => events.length > 0);
      await fleet.register({ ...record, nodes: [{ ...node, metadata: { changed: "yes" } }] });
      await fleet.eventually("the change is told", () => events.some(isChanged));
      await fleet.deregister(record);
      await fleet.eventually("the end is told", () => events.some(({ action }) => action === "delete"));

      assert.equal(events[0]?.action, "create");
      assert.equal(events.at(-1)?.action, "delete", "nothing comes after the end");
      for (const { service } of events) assert.equal(service.version, record.version);
      for (const { action, service } of events) {
        if (action !== "delete" || service.nodes.length > 0) assert.deepEqual(nodeIds([service]), [node.id]);
      }
    });

    withRegistries("a watch tells which node left", async (fleet) => {
      const [one, two] = [recordOf(fleet.name), recordOf(fleet.name)];
      await fleet.register(one);
      await fleet.register(two);
      await fleet.finds(fleet.name, (records) => nodeIds(records).length === 2);
      const events = fleet.watch();

      await fleet.deregister(one);

      const left = (): string[] =>
        nodeIds(events.filter(({ action }) => action === "delete").map(({ service }) => service));
      await fleet.eventually("the end of a node is told", () => left().length > 0);
      assert.deepEqual(left(), nodeIds([one]));
    });

    withRegistries("a closed watch is told nothing more", async (fleet) => {
      const [one, two] = [recordOf(fleet.name), recordOf(fleet.name)];
      const open = fleet.watch();
      const closed: RegistryEvent[] = [];
      const watching = fleet.other.watch((event) => closed.push(event));

      watching.close();
      watching.close();
      await fleet.register(one);
      await fleet.register(two);

      await fleet.eventually("the other watch is told", () => open.length >= 2);
      assert.deepEqual(closed, []);
    });
  }

  if (takesBack) {
    withRegistries("closing takes back what was announced, and nothing else", async (fleet) => {
      const [ours, theirs] = [recordOf(fleet.name), recordOf(fleet.name)];
      await fleet.register(ours, fleet.registry);
      await fleet.register(theirs, fleet.other);
      await fleet.finds(fleet.name, (records) => nodeIds(records).length === 2);

      await fleet.registry.close();

      const found = await fleet.finds(fleet.name, (records) => nodeIds(records).length < 2);
      assert.deepEqual(nodeIds(found), nodeIds([theirs]));
    });
  }

  withRegistries("closing twice is no mistake", async ({ registry }) => {
    await registry.close();
    await registry.close();
  });

  test("a closed registry leaves nothing that keeps the process alive", async () => {
    const leaked = leaks(limitMs);
    await withScope(limitMs, async (scope) => {
      const { registry, other, close } = await scope.step("the factory", async () => factory());
      scope.defer(() => close?.());
      const fleet = new Fleet(scope, registry, other);
      await fleet.register(recordOf(fleet.name));
      await fleet.getService(fleet.name);
      other.watch(() => {});
      await scope.step("close()", registry.close());
      await scope.step("close()", other.close());
    });
    assert.deepEqual(await leaked(), []);
  });
}

/** Two registries, and steps with them that are bounded in time. */
class Fleet {
  /** The name of a service that no other test uses, as registries of real fleets are shared. */
  readonly name: string = `kit.${randomUUID()}`;
  readonly registry: Registry;
  readonly other: Registry;
  readonly #scope: Scope;

  constructor(scope: Scope, registry: Registry, other: Registry) {
    this.#scope = scope;
    this.registry = registry;
    this.other = other;
  }

  register(record: ServiceRecord, registry: Registry = this.registry): Promise<void> {
    return this.#scope.step("register()", () => registry.register(record));
  }

  deregister(record: ServiceRecord): Promise<void> {
    return this.#scope.step("deregister()", () => this.registry.deregister(record));
  }

  getService(name: string, registry: Registry = this.other): Promise<readonly ServiceRecord[]> {
    return this.#scope.step("getService()", async () => registry.getService(name));
  }

  /** Asks the other registry until its answer is as wanted. */
  async finds(
    name: string,
    isWanted: (records: readonly ServiceRecord[]) => boolean,
    registry: Registry = this.other,
  ): Promise<readonly ServiceRecord[]> {
    let records: readonly ServiceRecord[] = [];
    await this.eventually("getService() answers what is expected", async () => {
      records = await this.getService(name, registry);
      return isWanted(records);
    });
    return records;
  }

  eventually(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
    return eventually(this.#scope.limitMs, what, isTrue);
  }

  /** The events of this test's service, as they come to the other registry. */
  watch(): RegistryEvent[] {
    const events: RegistryEvent[] = [];
    const watching = this.other.watch((event) => {
      if (event.service.name === this.name) events.push(event);
    });
    this.#scope.defer(() => watching.close());
    return events;
  }
}

const hello: Endpoint = {
  name: "Say.Hello",
  request: { name: "Request", type: "Request", values: [{ name: "name", type: "string", values: null }] },
  response: { name: "Response", type: "Response", values: [{ name: "msg", type: "string", values: null }] },
  metadata: { stream: "false" },
};

function recordOf(name: string, more: Partial<ServiceRecord> = {}): ServiceRecord {
  return { name, version: "1.0.0", metadata: {}, endpoints: [], nodes: [nodeOf(name)], ...more };
}

function nodeOf(name: string, more: Partial<ServiceNode> = {}): ServiceNode {
  return { id: `${name}-${randomUUID()}`, address: "127.0.0.1:8080", metadata: { transport: "http" }, ...more };
}

function nodeIds(records: readonly ServiceRecord[]): string[] {
  return records.flatMap(({ nodes }) => nodes.map(({ id }) => id)).sort();
}

function isChanged({ action, service }: RegistryEvent): boolean {
  return action !== "delete" && service.nodes[0]?.metadata.changed === "yes";
}

/** The same data with ordinary prototypes, so that it can be compared. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}

function sorted(metadata: Readonly<Record<string, string>> = {}): [string, string][] {
  return Object.entries(metadata).sort(([one], [two]) => (one < two ? -1 : 1));
}
