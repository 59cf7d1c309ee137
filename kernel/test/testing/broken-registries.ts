import { MicroError } from "@micro/wire";
import type { Registry, RegistryEvent, RegistryWatch, ServiceRecord } from "../../src/contracts/registry.ts";
import { createMemoryNetwork, type MemoryNetwork, MemoryRegistry } from "../../src/memory/index.ts";
import type { RegistryPair } from "../../src/testing/index.ts";
import type { Breakage } from "../support/collect.ts";
import { override } from "../support/override.ts";

let timer: NodeJS.Timeout | undefined;

/** Registries that break the contract, each in one way. */
export const brokenRegistries: readonly Breakage<() => RegistryPair>[] = [
  {
    does: "has no name",
    make: pairOf((registry) => override(registry, { name: "" })),
    seenBy: ["it says its name and how long a deregistration takes"],
  },
  {
    does: "tells nobody else",
    make: () => ({ registry: new MemoryRegistry(), other: new MemoryRegistry() }),
    seenBy: [
      "a registered record is found by others as it was announced",
      "two nodes of one version stand in one record",
      "closing takes back what was announced, and nothing else",
    ],
  },
  {
    does: "does not know itself what it registered",
    make: () => {
      const network = createMemoryNetwork();
      const blind = override(new MemoryRegistry(network), { getService: () => [] });
      return { registry: blind, other: new MemoryRegistry(network) };
    },
    seenBy: ["a registered record is found by whoever registered it"],
  },
  {
    does: "fails for an unknown service",
    make: pairOf((registry) =>
      override(registry, {
        getService(name) {
          const found = registry.getService(name) as readonly ServiceRecord[];
          if (found.length === 0) throw new MicroError("broken", 404, "not found");
          return found;
        },
      }),
    ),
    seenBy: ["a service that nobody registered has no records"],
  },
  {
    does: "looks names up in an object",
    make: pairOf((registry) => {
      const index: Record<string, readonly ServiceRecord[]> = {};
      return override(registry, { getService: (name) => index[name] ?? registry.getService(name) });
    }),
    seenBy: ["what every object inherits is no service"],
  },
  {
    does: "copies metadata by assignment",
    make: pairOf(registering((record) => withMetadata(record, (metadata) => Object.assign({}, metadata)))),
    seenBy: ["metadata with the names of what every object inherits is plain data"],
  },
  {
    does: "takes metadata for Latin-1",
    make: pairOf(
      registering((record) =>
        withMetadata(record, (metadata) => mapValues(metadata, (text) => Buffer.from(text, "latin1").toString())),
      ),
    ),
    seenBy: ["metadata may hold any text"],
  },
  {
    does: "registers the first node, or none, of what it is given",
    make: pairOf((registry) =>
      override(registry, {
        async register(record) {
          const [node] = record.nodes;
          if (node !== undefined) await registry.register({ ...record, nodes: [node] });
        },
      }),
    ),
    seenBy: ["a record without a node, or with two, is refused"],
  },
  {
    does: "keeps the record that it was given",
    make: pairOf((registry) => {
      const kept: ServiceRecord[] = [];
      return override(registry, {
        async register(record) {
          kept.push(record);
        },
        getService: (name) => kept.filter((record) => record.name === name),
      });
    }),
    seenBy: [
      "a record that is changed after it was registered is not changed in the registry",
      "registering a node again without a change leaves one node",
    ],
  },
  {
    does: "has a record for every node",
    make: pairOf(
      looking((records) => records.flatMap((record) => record.nodes.map((node) => ({ ...record, nodes: [node] })))),
    ),
    seenBy: ["two nodes of one version stand in one record"],
  },
  {
    does: "has one record for all versions",
    make: pairOf(
      looking(([first, ...others]) =>
        first === undefined ? [] : [{ ...first, nodes: [first, ...others].flatMap(({ nodes }) => nodes) }],
      ),
    ),
    seenBy: ["two versions stand in two records"],
  },
  {
    does: "drops a registration while another one is under way",
    make: pairOf((registry) => {
      let busy = false;
      return override(registry, {
        async register(record) {
          if (busy) return;
          busy = true;
          await registry.register(record);
          busy = false;
        },
      });
    }),
    seenBy: ["many nodes registered at once are all found"],
  },
  {
    does: "forgets to update",
    make: pairOf((registry) => {
      const known = new Set<string>();
      return override(registry, {
        async register(record) {
          if (known.has(record.nodes[0]?.id ?? "")) return;
          for (const { id } of record.nodes) known.add(id);
          await registry.register(record);
        },
      });
    }),
    seenBy: [
      "registering a node again announces what changed",
      "a node that was deregistered can be registered again",
      "a watch is told of every change, in order",
    ],
  },
  {
    does: "never forgets",
    make: pairOf((registry) => override(registry, { deregister: async () => {} })),
    seenBy: [
      "a deregistered node goes and the others stay",
      "a service whose last node was deregistered is gone",
      "a watch tells which node left",
    ],
  },
  {
    does: "deregisters a whole service",
    make: pairOf((registry) =>
      override(registry, {
        async deregister({ name }) {
          for (const record of await registry.getService(name)) await registry.deregister(record);
        },
      }),
    ),
    seenBy: ["a deregistered node goes and the others stay", "a watch tells which node left"],
  },
  {
    does: "fails to deregister what is not registered",
    make: pairOf((registry) =>
      override(registry, {
        async deregister(record) {
          if ((await registry.getService(record.name)).length === 0) throw new MicroError("broken", 404, "not found");
          await registry.deregister(record);
        },
      }),
    ),
    seenBy: ["deregistering what is not registered is no mistake"],
  },
  {
    does: "lists names as they came",
    make: pairOf((registry) =>
      override(registry, { listServices: async () => [...(await registry.listServices())].reverse() }),
    ),
    seenBy: ["services are listed by name, each once, sorted"],
  },
  {
    does: "answers another array each time",
    make: pairOf(looking((records) => [...records])),
    seenBy: ["what is known is answered without a promise, as the same array until it changes"],
  },
  {
    does: "changes the array that it handed out",
    make: pairOf((registry) => {
      const handedOut = new Map<string, ServiceRecord[]>();
      return override(registry, {
        getService(name) {
          const records = handedOut.get(name) ?? [];
          records.splice(0, Number.POSITIVE_INFINITY, ...(registry.getService(name) as readonly ServiceRecord[]));
          handedOut.set(name, records);
          return records;
        },
      });
    }),
    seenBy: ["what is known is answered without a promise, as the same array until it changes"],
  },
  {
    does: "tells a watch nothing",
    make: pairOf((registry) => override(registry, { watch: () => ({ close() {} }) })),
    seenBy: ["a watch is told of every change, in order", "a watch tells which node left"],
  },
  {
    does: "tells a watch of the latest change first",
    make: pairOf((registry) => {
      const turned = (listener: (event: RegistryEvent) => void): RegistryWatch => {
        const events: RegistryEvent[] = [];
        return registry.watch((event) => {
          events.unshift(event);
          if (event.action === "delete") for (const turnedEvent of events) listener(turnedEvent);
        });
      };
      return override(registry, { watch: turned });
    }),
    seenBy: ["a watch is told of every change, in order"],
  },
  {
    does: "goes on telling a closed watch",
    make: pairOf((registry) =>
      override(registry, {
        watch(listener) {
          registry.watch(listener);
          return { close() {} };
        },
      }),
    ),
    seenBy: ["a closed watch is told nothing more"],
  },
  {
    does: "leaves at its end what it announced",
    make: pairOf((registry) => override(registry, { close: async () => {} })),
    seenBy: ["closing takes back what was announced, and nothing else"],
  },
  {
    does: "fails when it is closed again",
    make: pairOf((registry) => {
      let closed = false;
      return override(registry, {
        async close() {
          if (closed) throw new Error("closed already");
          closed = true;
        },
      });
    }),
    seenBy: ["closing twice is no mistake"],
  },
  {
    does: "leaves a timer running",
    make: pairOf((registry) => {
      clearInterval(timer);
      timer = setInterval(() => {}, 60_000);
      return registry;
    }),
    seenBy: ["a closed registry leaves nothing that keeps the process alive"],
    undo: () => clearInterval(timer),
  },
];

function pairOf(breakIt: (registry: Registry) => Registry): () => RegistryPair {
  return () => {
    const network: MemoryNetwork = createMemoryNetwork();
    return { registry: breakIt(new MemoryRegistry(network)), other: breakIt(new MemoryRegistry(network)) };
  };
}

function registering(change: (record: ServiceRecord) => ServiceRecord): (registry: Registry) => Registry {
  return (registry) => override(registry, { register: (record) => registry.register(change(record)) });
}

function looking(change: (records: readonly ServiceRecord[]) => ServiceRecord[]): (registry: Registry) => Registry {
  return (registry) =>
    override(registry, { getService: (name) => change(registry.getService(name) as readonly ServiceRecord[]) });
}

type Metadata = Readonly<Record<string, string>>;

function withMetadata(record: ServiceRecord, change: (metadata: Metadata) => Metadata): ServiceRecord {
  return { ...record, nodes: record.nodes.map((node) => ({ ...node, metadata: change(node.metadata) })) };
}

function mapValues(metadata: Metadata, change: (value: string) => string): Metadata {
  return Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, change(value)]));
}
