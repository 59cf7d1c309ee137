import assert from "node:assert/strict";
import { MicroError } from "@micro/wire";
import { filterEndpoint, filterLabel, filterVersion } from "../client/filters.ts";
import type { Registry, ServiceNode, ServiceRecord } from "../contracts/registry.ts";
import type { Filter, Selector, SelectorFactory } from "../contracts/selector.ts";
import { MemoryRegistry } from "../memory/memory-registry.ts";
import { defaultLimitMs, failsWith, type KitOptions, type Scope, withScope } from "./kit.ts";
import { leaks } from "./leaks.ts";
import { eventually } from "./within.ts";

/** What {@link testSelector} takes. */
export interface SelectorKitOptions extends KitOptions {
  /** Makes the selector over a registry of the kit. Called once for each test. */
  readonly factory: SelectorFactory;
  /** What this selector does; everything when absent. */
  readonly supports?: {
    /** Gives every node its share. One that prefers nodes does not. */
    readonly spread?: boolean;
  };
}

/** Tests that a selector keeps the contract of {@link Selector}. */
export function testSelector({ test, factory, supports = {}, limitMs = defaultLimitMs }: SelectorKitOptions): void {
  const { spread = true } = supports;

  function withSelector(name: string, run: (picking: Picking) => Promise<void>, over = sameRegistry): void {
    test(name, () =>
      withScope(limitMs, async (scope) => {
        const registry = new MemoryRegistry();
        scope.defer(() => registry.close());
        const selector = factory(over(registry));
        scope.defer(() => selector.close());
        await run(new Picking(scope, registry, selector));
      }),
    );
  }

  withSelector("it picks a node of the service", async (picking) => {
    await picking.register("greeter", { id: "one" });
    await picking.register("other", { id: "two" });

    for (let count = 0; count < 20; count++) {
      assert.equal((await picking.pick("greeter")).id, "one");
      assert.equal((await picking.pick("other")).id, "two");
    }
  });

  withSelector("it hands out the node as the registry has it", async (picking) => {
    await picking.register("greeter", { id: "one", address: "10.0.0.7:80", metadata: { transport: "http" } });

    const node = await picking.pick("greeter");

    assert.deepEqual(node, { id: "one", address: "10.0.0.7:80", metadata: { transport: "http" } });
  });

  withSelector("it answers at once when what it needs is known", async (picking) => {
    await picking.register("greeter", { id: "one" });
    await picking.pick("greeter");

    const answer = picking.selector.pick({ service: "greeter", method: "Say.Hello", filters: [] });

    assert.ok(!(answer instanceof Promise), "the answer is a node, not a promise");
  });

  if (spread) {
    withSelector("it picks every node of every version sooner or later", async (picking) => {
      for (const id of ["one", "two", "three"]) await picking.register("greeter", { id });
      await picking.register("greeter", { id: "new" }, { version: "2.0.0" });

      assert.deepEqual(await picking.pickedOf(1000, "greeter"), ["new", "one", "three", "two"]);
    });

    withSelector("what it picked for one service does not matter to another", async (picking) => {
      for (const id of ["one", "two"]) await picking.register("greeter", { id });
      await picking.register("other", { id: "three" });

      const picked = new Set<string>();
      for (let count = 0; count < 500; count++) {
        await picking.pick("other");
        picked.add((await picking.pick("greeter")).id);
      }

      assert.deepEqual([...picked].sort(), ["one", "two"]);
    });
  }

  withSelector("it picks among the nodes that the filters leave", async (picking) => {
    await picking.register("greeter", { id: "one", metadata: { region: "eu" } });
    await picking.register("greeter", { id: "two", metadata: { region: "us" } });

    assert.deepEqual(await picking.pickedOf(50, "greeter", [filterLabel("region", "us")]), ["two"]);
    assert.deepEqual(await picking.pickedOf(50, "greeter", [filterLabel("region", "eu")]), ["one"]);
  });

  withSelector("it applies every filter", async (picking) => {
    await picking.register("greeter", { id: "one", metadata: { region: "eu" } }, { endpoints: ["Say.Hello"] });
    await picking.register("greeter", { id: "two", metadata: { region: "us" } }, { endpoints: ["Say.Hello"] });
    await picking.register("greeter", { id: "new", metadata: { region: "us" } }, { version: "2.0.0", endpoints: [] });

    const filters = [filterLabel("region", "us"), filterEndpoint("Say.Hello"), filterVersion("1.0.0")];

    assert.deepEqual(await picking.pickedOf(50, "greeter", filters), ["two"]);
  });

  withSelector("it applies the filters in order, each to what the one before left", async (picking) => {
    await picking.register("greeter", { id: "one" });
    const seen: (readonly ServiceRecord[])[] = [];
    const left: readonly ServiceRecord[] = [recordOf("greeter", { id: "left" })];
    const narrow: Filter = (records) => {
      seen.push(records);
      return left;
    };
    const look: Filter = (records) => {
      seen.push(records);
      return records;
    };

    assert.equal((await picking.pick("greeter", [narrow, look])).id, "left");

    assert.deepEqual(
      seen[0]?.[0]?.nodes.map(({ id }) => id),
      ["one"],
    );
    assert.deepEqual(seen[1], left);
  });

  withSelector("the filters of one pick do not matter to the next", async (picking) => {
    await picking.register("greeter", { id: "one", metadata: { region: "eu" } });
    const none: Filter = () => [];

    for (let count = 0; count < 3; count++) {
      await failsWith({ code: 503 }, () => picking.pick("greeter", [none]));
      assert.equal((await picking.pick("greeter")).id, "one");
    }
  });

  withSelector("a service that the registry does not know is a 404", async (picking) => {
    for (const name of ["nobody", "__proto__", "constructor", "toString"]) {
      const error = await failsWith({ code: 404, reason: "unknown_service" }, () => picking.pick(name));
      assert.equal(error.id, "go.micro.client");
    }
  });

  withSelector("when the filters leave no node it is a 503", async (picking) => {
    await picking.register("greeter", { id: "one" });

    const error = await failsWith({ code: 503 }, () => picking.pick("greeter", [filterVersion("9.9.9")]));

    assert.equal(error.detail, "none available");
    assert.equal(error.id, "go.micro.client");
  });

  withSelector("a record without nodes is no node", async (picking) => {
    await picking.register("greeter", { id: "one" });
    const empty: Filter = (records) => records.map((record) => ({ ...record, nodes: [] }));

    const error = await failsWith({ code: 503 }, () => picking.pick("greeter", [empty]));

    assert.equal(error.detail, "none available");
  });

  withSelector("a node that joined is picked, and one that left is not", async (picking) => {
    await picking.register("greeter", { id: "one" });
    await picking.pick("greeter");

    await picking.register("greeter", { id: "two" });
    const joined = async (): Promise<boolean> => (await picking.pick("greeter", [onlyNode("two")]))?.id === "two";
    await picking.eventually("the new node can be picked", () => joined().catch(() => false));
    await picking.registry.deregister(recordOf("greeter", { id: "one" }));

    await picking.eventually("the old node is not picked", async () => {
      const picked = await picking.pickedOf(50, "greeter");
      return picked.join() === "two";
    });
  });

  withSelector("a service whose last node left is a 404 again", async (picking) => {
    await picking.register("greeter", { id: "one" });
    await picking.pick("greeter");

    await picking.registry.deregister(recordOf("greeter", { id: "one" }));

    const isUnknown = async (): Promise<boolean> => {
      const error = await picking.pick("greeter").catch((reason: unknown) => reason);
      return MicroError.is(error) && error.code === 404;
    };
    await picking.eventually("the service is unknown", isUnknown);
  });

  withSelector(
    "a registry that answers with a promise is waited for",
    async (picking) => {
      await picking.register("greeter", { id: "one" });

      assert.equal((await picking.pick("greeter")).id, "one");
      await failsWith({ code: 404, reason: "unknown_service" }, () => picking.pick("nobody"));
      await failsWith({ code: 503 }, () => picking.pick("greeter", [() => []]));
    },
    withGetService((registry) => async (name) => registry.getService(name)),
  );

  const unavailable = new MicroError("kit", 503, "the registry is away", { reason: "registry_unavailable" });
  withSelector(
    "a registry that cannot tell is a 503, and not an unknown service",
    async (picking) => {
      await failsWith({ code: 503, reason: "registry_unavailable" }, () => picking.pick("greeter"));
    },
    withGetService(() => () => {
      throw unavailable;
    }),
  );
  withSelector(
    "a registry that cannot tell and says so later is a 503 too",
    async (picking) => {
      await failsWith({ code: 503, reason: "registry_unavailable" }, () => picking.pick("greeter"));
    },
    withGetService(() => () => Promise.reject(unavailable)),
  );

  withSelector("closing twice is no mistake", async ({ selector }) => {
    await selector.close();
    await selector.close();
  });

  test("a closed selector leaves nothing that keeps the process alive", async () => {
    const leaked = leaks(limitMs);
    await withScope(limitMs, async (scope) => {
      const registry = new MemoryRegistry();
      const selector = factory(registry);
      await registry.register(recordOf("greeter", { id: "one" }));
      await new Picking(scope, registry, selector).pick("greeter");
      await scope.step("close()", selector.close());
    });
    assert.deepEqual(await leaked(), []);
  });
}

/** A selector over a registry, and steps with them that are bounded in time. */
class Picking {
  readonly registry: Registry;
  readonly selector: Selector;
  readonly #scope: Scope;

  constructor(scope: Scope, registry: Registry, selector: Selector) {
    this.#scope = scope;
    this.registry = registry;
    this.selector = selector;
  }

  register(service: string, node: PartialNode, more?: PartialRecord): Promise<void> {
    return this.registry.register(recordOf(service, node, more));
  }

  pick(service: string, filters: readonly Filter[] = []): Promise<ServiceNode> {
    return this.#scope.step("pick()", async () => this.selector.pick({ service, method: "Say.Hello", filters }));
  }

  /** Which nodes were picked in so many picks, sorted. */
  async pickedOf(picks: number, service: string, filters: readonly Filter[] = []): Promise<string[]> {
    const picked = new Set<string>();
    for (let count = 0; count < picks; count++) picked.add((await this.pick(service, filters)).id);
    return [...picked].sort();
  }

  eventually(what: string, isTrue: () => Promise<boolean>): Promise<void> {
    return eventually(this.#scope.limitMs, what, isTrue);
  }
}

type PartialNode = Pick<ServiceNode, "id"> & Partial<ServiceNode>;

interface PartialRecord {
  readonly version?: string;
  readonly endpoints?: readonly string[];
}

function recordOf(
  name: string,
  node: PartialNode,
  { version = "1.0.0", endpoints = [] }: PartialRecord = {},
): ServiceRecord {
  return {
    name,
    version,
    metadata: {},
    endpoints: endpoints.map((endpoint) => ({ name: endpoint, request: null, response: null, metadata: {} })),
    nodes: [{ address: "127.0.0.1:8080", metadata: {}, ...node }],
  };
}

function onlyNode(id: string): Filter {
  return (records) => records.map((record) => ({ ...record, nodes: record.nodes.filter((node) => node.id === id) }));
}

function sameRegistry(registry: Registry): Registry {
  return registry;
}

/** The same registry with another way to look services up. */
function withGetService(replace: (registry: Registry) => Registry["getService"]): (registry: Registry) => Registry {
  return (registry) => ({
    name: registry.name,
    settleMs: registry.settleMs,
    register: (record) => registry.register(record),
    deregister: (record) => registry.deregister(record),
    getService: replace(registry),
    listServices: () => registry.listServices(),
    watch: (listener) => registry.watch(listener),
    close: () => registry.close(),
  });
}
