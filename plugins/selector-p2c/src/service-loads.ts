import type { ServiceNode } from "@micro/kernel";
import { NodeLoad, type Pace } from "./node-load.ts";

// More than a service has. Reached only when every pick has filters and nodes come and go.
const maxNodes = 10_000;

/** The load of the nodes of one service, by address. */
export class ServiceLoads {
  /** The latest whole list of nodes, and the load of each at the same place. */
  nodes: readonly ServiceNode[] | undefined = undefined;
  loads: readonly NodeLoad[] = [];
  readonly #pace: Pace;
  #byAddress = new Map<string, NodeLoad>();

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  /** Takes a list for the whole one: what is not in it left, and is forgotten. */
  replace(nodes: readonly ServiceNode[]): void {
    const kept = new Map<string, NodeLoad>();
    for (const { address } of nodes) kept.set(address, kept.get(address) ?? this.of(address));
    this.#byAddress = kept;
    this.loads = nodes.map(({ address }) => kept.get(address) as NodeLoad);
    this.nodes = nodes;
  }

  /** The load of a node; `undefined` where none was picked from that address. */
  peek(address: string): NodeLoad | undefined {
    return this.#byAddress.get(address);
  }

  /** The load of a node, which need not be in the latest list. */
  of(address: string): NodeLoad {
    let load = this.#byAddress.get(address);
    if (load === undefined) {
      const [oldest] = this.#byAddress.keys();
      if (this.#byAddress.size >= maxNodes) this.#byAddress.delete(oldest as string);
      load = new NodeLoad(this.#pace);
      this.#byAddress.set(address, load);
    }
    return load;
  }
}
