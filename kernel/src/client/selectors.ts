import { clientErrorId, MicroError } from "@micro/wire";
import type { Registry, ServiceNode, ServiceRecord } from "../contracts/registry.ts";
import type { Selection, Selector, SelectorFactory, Strategy } from "../contracts/selector.ts";
import { remembered } from "./filters.ts";

/** Picks any node, each as likely as the others. */
export const randomSelector: SelectorFactory = createSelector("random", () => randomStrategy);

/**
 * Picks one node after the other, for each service on its own. In go-micro 2016 every call begins at the first
 * node again, so without retries that one gets them all; here the position is kept from call to call.
 */
export const roundRobinSelector: SelectorFactory = createSelector("roundrobin", () => {
  const positions = new Map<string, { next: number }>();
  return (nodes, { service }) => {
    const position = positions.get(service) ?? startPosition(positions, service, nodes.length);
    return nodes[position.next++ % nodes.length] as ServiceNode;
  };
});

/**
 * Makes a selector of a strategy: it looks the service up, applies the filters in order, and lets the strategy
 * choose among the nodes of all versions that are left.
 *
 * @param createStrategy called once for each selector, so that a strategy may keep state
 */
export function createSelector(
  name: string,
  createStrategy: () => Strategy,
): (registry: Pick<Registry, "getService">) => Selector {
  return (registry) => {
    const strategy = createStrategy();
    return {
      name,
      pick(selection) {
        const records = registry.getService(selection.service);
        if (records instanceof Promise) return records.then((found) => choose(found, selection, strategy));
        return choose(records as readonly ServiceRecord[], selection, strategy);
      },
      async close() {},
    };
  };
}

function choose(records: readonly ServiceRecord[], selection: Selection, strategy: Strategy): ServiceNode {
  if (records.length === 0) throw unknownService(selection.service);
  let left = records;
  for (const filter of selection.filters) left = filter(left);
  const nodes = nodesOf(left);
  if (nodes.length === 0) throw new MicroError(clientErrorId, 503, "none available", { reason: "none_available" });
  return strategy(nodes, selection);
}

const nodesOf = remembered((records) => records.flatMap(({ nodes }) => nodes));

/** Chooses any of the nodes, each as likely as the others. */
export function randomStrategy(nodes: readonly ServiceNode[]): ServiceNode {
  return nodes[Math.floor(Math.random() * nodes.length)] as ServiceNode;
}

const maxPositions = 1024;

// Anywhere, or the first node would get the first call of every client.
function startPosition(positions: Map<string, { next: number }>, service: string, count: number): { next: number } {
  const [oldest] = positions.keys();
  if (positions.size >= maxPositions) positions.delete(oldest as string);
  const position = { next: Math.floor(Math.random() * count) };
  positions.set(service, position);
  return position;
}

function unknownService(service: string): MicroError {
  return new MicroError(clientErrorId, 404, `service not found: ${service}`, { reason: "unknown_service" });
}
