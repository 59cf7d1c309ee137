import type { Registry, ServiceNode, ServiceRecord } from "@micro/kernel";
import type { Generation } from "./options.ts";
import { broadcastVersion, serviceOf, twinKey } from "./records.ts";
import { type Target, targetOf } from "./target.ts";

/** Who gets a message: every target of `everybody`, and of each queue group one. */
export interface Route {
  readonly everybody: readonly Target[];
  readonly queues: readonly (readonly Target[])[];
}

/** Knows who gets the messages of a topic. What it made of the registry's records it keeps until those change. */
export class Routes {
  readonly #registry: Registry;
  readonly #generations: readonly Generation[];
  readonly #known = new Map<string, KnownRoute>();

  constructor(registry: Registry, generations: readonly Generation[]) {
    this.#registry = registry;
    // Those of 2016 first: where a subscription has a record for each, that one is taken.
    this.#generations = [...generations].sort().reverse();
  }

  /** @throws MicroError when the registry cannot tell */
  async find(topic: string): Promise<Route> {
    const records = await Promise.all(
      this.#generations.map(async (generation) => this.#registry.getService(serviceOf(generation, topic))),
    );
    const known = this.#known.get(topic);
    if (known?.records.every((list, index) => list === records[index])) return known.route;
    const route = createRoute(topic, this.#generations, records);
    this.#remember(topic, { records, route });
    return route;
  }

  #remember(topic: string, known: KnownRoute): void {
    this.#known.delete(topic);
    if (this.#known.size >= maxKnown) this.#known.delete(this.#known.keys().next().value as string);
    this.#known.set(topic, known);
  }
}

interface KnownRoute {
  /** By generation. */
  readonly records: readonly (readonly ServiceRecord[])[];
  readonly route: Route;
}

const maxKnown = 1000;

function createRoute(
  topic: string,
  generations: readonly Generation[],
  records: readonly (readonly ServiceRecord[])[],
): Route {
  const groups = new Map<string, Target[]>();
  const seen = new Set<string>();
  for (const [index, generation] of generations.entries()) {
    for (const [version, node] of nodesOf(records[index] ?? [])) {
      const key = twinKey(node);
      const target = isFor(topic, node, generation) && !seen.has(key) ? targetOf(node, generation) : undefined;
      if (target === undefined) continue;
      seen.add(key);
      const group = groups.get(version) ?? [];
      group.push(target);
      groups.set(version, group);
    }
  }
  const everybody = groups.get(broadcastVersion) ?? [];
  groups.delete(broadcastVersion);
  return { everybody, queues: [...groups.values()] };
}

function* nodesOf(records: readonly ServiceRecord[]): Generator<readonly [version: string, node: ServiceNode]> {
  for (const { version, nodes } of records) for (const node of nodes) yield [version, node];
}

// The later generation has one service for all topics.
function isFor(topic: string, { metadata }: ServiceNode, generation: Generation): boolean {
  return generation === "2016" || (metadata.broker === "http" && metadata.topic === topic);
}
