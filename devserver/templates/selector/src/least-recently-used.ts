import type { ServiceNode, Strategy } from "@micro/kernel";

/** How many nodes are remembered; what was not used for longer than so many others counts as never used. */
const maxNodes = 10_000;

/** Makes a strategy that chooses the node that it did not choose for the longest time, one never chosen first. */
export function leastRecentlyUsed(): Strategy {
  // A Map keeps its order: who is used goes to the end.
  const turns = new Map<string, number>();
  let turn = 0;

  return (nodes) => {
    const node = oldest(nodes, turns);
    turns.delete(node.id);
    turns.set(node.id, ++turn);
    if (turns.size > maxNodes) turns.delete(turns.keys().next().value ?? node.id);
    return node;
  };
}

function oldest(nodes: readonly ServiceNode[], turns: ReadonlyMap<string, number>): ServiceNode {
  // From anywhere, or the first node would get the first call of every client.
  const start = Math.floor(Math.random() * nodes.length);
  let found = nodes[start] as ServiceNode;
  for (const node of [...nodes.slice(start), ...nodes.slice(0, start)]) {
    if ((turns.get(node.id) ?? 0) < (turns.get(found.id) ?? 0)) found = node;
  }
  return found;
}
