import { randomName } from "../../interop/src/random-name.ts";
import { Caller, type CallerOptions } from "./caller.ts";
import type { Discovery } from "./discovery.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { Ledger } from "./ledger.ts";
import { OpenLoad } from "./open-load.ts";
import { WorkNode } from "./work-node.ts";

/** What a fleet is started with. */
export interface FleetOptions {
  /** How its nodes are found, given the name of their service. */
  readonly discovery: (service: string) => Discovery;
  /** How many nodes. Default 3. */
  readonly size?: number;
  /** How long their handlers take, in milliseconds. Default 20. */
  readonly workMs?: number;
  /** Flags of the nodes. */
  readonly flags?: Readonly<Record<string, string>>;
  /** Whether a node that was restarted is found where it was before. Default a free port. */
  readonly keepsAddresses?: boolean;
  /** Whether there is a proxy before each node, for a caller that finds them by list. */
  readonly isProxied?: boolean;
}

// A node refuses calls when its event loop is late, and on a machine that does other things all of them are, together.
const calm = Object.freeze({ server_max_loop_delay: "0s" });

/** Some nodes of one service, each a process, and whoever calls them; all of it ends with it. */
export class Fleet {
  readonly service: string = randomName("faults");
  readonly ledger: Ledger = new Ledger();
  readonly nodes: WorkNode[] = [];
  readonly proxies: FaultProxy[] = [];
  readonly discovery: Discovery;
  readonly #options: FleetOptions;
  // How many calls the nodes began that stood in a place before.
  readonly #earlier: number[] = [];
  readonly #closers: (() => Promise<unknown>)[] = [];

  private constructor(options: FleetOptions) {
    this.#options = options;
    this.discovery = options.discovery(this.service);
  }

  /** Starts it, and resolves when every node serves. */
  static async start(options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(options);
    try {
      for (const node of await Promise.all(Array.from({ length: options.size ?? 3 }, () => fleet.#startNode()))) {
        fleet.nodes.push(node);
        await fleet.#announce(node);
      }
      return fleet;
    } catch (error) {
      await fleet.close();
      throw error;
    }
  }

  /** A caller that knows all nodes. */
  async caller(options: Partial<CallerOptions> = {}): Promise<Caller> {
    const caller = await Caller.start(this.service, { discovery: this.discovery, ledger: this.ledger, ...options });
    this.#closers.push(() => caller.stop());
    await caller.find(this.nodes.length);
    return caller;
  }

  /** Calls at a constant rate. */
  load(perSecond: number, call: (id: string) => Promise<unknown>): OpenLoad {
    const load = new OpenLoad({ perSecond, ledger: this.ledger, call });
    this.#closers.push(() => load.end());
    return load;
  }

  /** The node at a place. */
  node(at: number): WorkNode {
    return this.nodes[at] as WorkNode;
  }

  /** How many calls were begun in its place, by it and those before it. */
  executed(at: number): number {
    return (this.#earlier[at] ?? 0) + this.node(at).executed.length;
  }

  /** The proxy before it. */
  proxy(at: number): FaultProxy {
    return this.proxies[at] as FaultProxy;
  }

  /** Starts another node. @param flags of this one alone */
  async add(flags: Readonly<Record<string, string>> = {}): Promise<WorkNode> {
    const node = await this.#startNode(flags);
    this.nodes.push(node);
    await this.#announce(node);
    return node;
  }

  /** Stops a node as an operator does, and starts another one in its place. */
  async restart(at: number): Promise<void> {
    const node = this.node(at);
    this.discovery.remove(node.address);
    const { code } = await node.stop();
    if (code !== 0) throw new Error(`the node ended with ${code}: ${node.output}`);
    const next = await this.#startNode(this.#options.keepsAddresses === true ? { server_address: node.address } : {});
    this.#earlier[at] = this.executed(at);
    this.nodes[at] = next;
    await this.#announce(next);
  }

  /** Ends everything, also what comes behind something that does not end well. Idempotent. */
  async close(): Promise<void> {
    const errors: unknown[] = [];
    for (const close of this.#closers.splice(0).reverse()) {
      await close().catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw new AggregateError(errors, "the fleet did not end well");
  }

  async #startNode(ownFlags: Readonly<Record<string, string>> = {}): Promise<WorkNode> {
    const { workMs, flags } = this.#options;
    const node = await WorkNode.start({
      name: this.service,
      flags: { ...calm, ...this.discovery.nodeFlags, ...flags, ...ownFlags },
      ...(workMs === undefined ? {} : { workMs }),
      onMessage: this.ledger.hear,
    });
    this.#closers.push(() => node.kill());
    return node;
  }

  async #announce({ address }: WorkNode): Promise<void> {
    if (this.#options.isProxied !== true) return this.discovery.add(address);
    const proxy = await FaultProxy.start(address);
    this.#closers.push(() => proxy.close());
    this.proxies.push(proxy);
    this.discovery.add(proxy.address);
  }
}

/** Starts a fleet for a test, and ends it whatever comes of that. */
export async function withFleet(options: FleetOptions, run: (fleet: Fleet) => Promise<void>): Promise<void> {
  const fleet = await Fleet.start(options);
  try {
    await run(fleet);
  } finally {
    await fleet.close();
  }
}
