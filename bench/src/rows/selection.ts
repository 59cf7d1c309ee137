import {
  createSelector,
  MemoryRegistry,
  type Registry,
  randomSelector,
  roundRobinSelector,
  type Selection,
  type SelectorFactory,
  type ServiceNode,
} from "@micro/kernel";
import { MdnsRegistry } from "@micro/registry-mdns";
import { CachedRegistry, cacheSelector } from "@micro/selector-cache/registry";
import { Balancer } from "@micro/selector-p2c";
import { repeat } from "../load.ts";
import { type Contestant, interleave, type Pace } from "../rounds.ts";
import { atMost, type Line, nanosecondsEach, type Table } from "../table.ts";

/** Picks of a node whose service is known, beside a random pick from a plain array. */
export async function measureSelection(pace: Pace): Promise<Table> {
  const registries = [new MemoryRegistry(), new MdnsRegistry()];
  try {
    for (const registry of registries) await Promise.all(nodes.map((node) => registry.register(recordOf(node))));
    const selectors = registries.flatMap((registry) => [
      picking("random", registry, randomSelector),
      picking("roundrobin", registry, roundRobinSelector),
      picking("cache", registry, (source) => cacheSelector(new CachedRegistry(source))),
      picking(
        "p2c",
        registry,
        createSelector("p2c", () => measured().strategy),
      ),
      picking("p2c and cache", registry, (source) => cacheSelector(new CachedRegistry(source), measured().strategy)),
    ]);
    const samples = await interleave([plainArray, ...selectors], pace);
    const lineOf = ({ name }: Contestant): Line => {
      const [ours, bare] = [samples.median(name), samples.median(plainArray.name)];
      const ratio = samples.ratio(plainArray.name, name);
      const most = name.startsWith("p2c") ? 6 : 3;
      return atMost(`${name} | plain array`, nanosecondsEach(ours), nanosecondsEach(bare), ratio, most);
    };
    return { title: "selection: the pick of one of 3 known nodes", lines: selectors.map(lineOf), notes };
  } finally {
    await Promise.all(registries.map((registry) => registry.close()));
  }
}

const service = "bench.selection";
const nodes: readonly ServiceNode[] = [1, 2, 3].map((number) => ({
  id: `${service}-${number}`,
  address: `127.0.0.1:${9000 + number}`,
  metadata: {},
}));

function recordOf(node: ServiceNode): Parameters<Registry["register"]>[0] {
  return { name: service, version: "1.0.0", metadata: {}, endpoints: [], nodes: [node] };
}

const plainArray: Contestant = {
  name: "plain array",
  measure: async (ms) => repeat(() => (nodes[Math.floor(Math.random() * nodes.length)] as ServiceNode).id.length, ms),
};

function picking(name: string, registry: Registry, create: SelectorFactory): Contestant {
  const selector = create(registry);
  const selection: Selection = { service, method: "Say.Hello", filters: [] };
  return {
    name: `${name}, ${registry.name} registry`,
    measure: async (ms) => repeat(() => (selector.pick(selection) as ServiceNode).id.length, ms),
  };
}

/** A balancer that knows how fast the nodes are, which differ. */
function measured(): Balancer {
  let now = 0;
  const balancer = new Balancer({ clock: () => now });
  balancer.strategy(nodes, { service, method: "Say.Hello", filters: [] });
  for (const [at, { address }] of nodes.entries()) {
    const load = balancer.begin(service, address);
    if (load === undefined) throw new Error(`nothing is known of ${address}`);
    now += at + 2;
    balancer.end(load, now - at - 2, "answered");
  }
  return balancer;
}

const notes = [
  "What a selector needs is in the memory of the registry or of the cache, so a pick asks nobody and waits for nothing.",
  "p2c looks at two nodes, whose latency it knows. Measuring it is part of a call and is not in these figures.",
  "All contestants run through the same loop, which calls a function for each pick; that call is in both columns.",
];
