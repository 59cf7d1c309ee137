import type { Filter, ServiceNode, ServiceRecord } from "@micro/kernel";
import { type HealthOwner, NodeHealth } from "./node-health.ts";
import type { ResolvedOptions } from "./options.ts";

// What was not called for so long, nor left out, is forgotten when another node comes.
const forgetMs = 60_000;
// More than a service has.
const maxNodes = 10_000;

/** The nodes of one service: which are left out. */
export class ServiceHealth implements HealthOwner {
  readonly name: string;
  readonly options: ResolvedOptions;
  readonly #nodes = new Map<string, NodeHealth>();
  // Those left out, the longest first.
  readonly #out = new Set<NodeHealth>();
  readonly #clock: () => number;
  #records: readonly ServiceRecord[] | undefined;
  #left: readonly ServiceRecord[] = [];
  #validUntil = 0;

  constructor(name: string, options: ResolvedOptions, clock: () => number) {
    this.name = name;
    this.options = options;
    this.#clock = clock;
  }

  /** Whether every node is in. */
  get isWhole(): boolean {
    return this.#out.size === 0;
  }

  /** The addresses that are left out, the longest first. */
  get ejected(): readonly string[] {
    return [...this.#out].map(({ address }) => address);
  }

  /** Leaves out what is to be left out, but never more than the share of these nodes, so that some are always left. */
  readonly filter: Filter = (records) => {
    const now = this.#clock();
    if (records === this.#records && now < this.#validUntil) return this.#left;
    this.#forgetOld(now);
    const closed = this.#closedOf(records, now);
    this.#records = records;
    this.#left = closed.size === 0 ? records : withoutNodes(records, ({ address }) => closed.has(address));
    this.#validUntil = Math.min(...[...this.#out].map((node) => nextLook(node, now)));
    return this.#left;
  };

  /** A node was picked; false when it may not be taken, because another call is trying it just now. */
  claim({ address }: ServiceNode): boolean {
    return this.#nodes.get(address)?.claim(this.#clock()) ?? true;
  }

  /** What is known of a node. */
  node(address: string, now: number): NodeHealth {
    return this.#nodes.get(address) ?? this.#add(address, now);
  }

  onChange(node: NodeHealth): void {
    if (node.isOut) this.#out.add(node);
    else this.#out.delete(node);
    this.#records = undefined;
  }

  #add(address: string, now: number): NodeHealth {
    for (const node of this.#nodes.values()) if (isForgotten(node, now)) this.#drop(node);
    const [oldest] = this.#nodes.values();
    if (this.#nodes.size >= maxNodes && oldest !== undefined) this.#drop(oldest);
    const node = new NodeHealth(this, address);
    this.#nodes.set(address, node);
    return node;
  }

  #forgetOld(now: number): void {
    for (const node of this.#out) if (isForgotten(node, now)) this.#drop(node);
  }

  #drop(node: NodeHealth): void {
    this.#nodes.delete(node.address);
    this.#out.delete(node);
  }

  #closedOf(records: readonly ServiceRecord[], now: number): ReadonlySet<string> {
    const there = new Set(records.flatMap(({ nodes }) => nodes.map(({ address }) => address)));
    const most = Math.floor(there.size * this.options.maxShare);
    const closed = this.ejected.filter((address) => there.has(address) && this.#isClosed(address, now));
    return new Set(closed.slice(0, most));
  }

  #isClosed(address: string, now: number): boolean {
    return this.#nodes.get(address)?.isOpen(now) === false;
  }
}

function isForgotten({ isIdle, isOut, outUntil, usedAt }: NodeHealth, now: number): boolean {
  return isIdle && now > Math.max(usedAt, isOut ? outUntil : 0) + forgetMs;
}

function nextLook({ nextChangeAt, outUntil }: NodeHealth, now: number): number {
  return nextChangeAt > now ? nextChangeAt : outUntil + forgetMs;
}

function withoutNodes(
  records: readonly ServiceRecord[],
  isLeftOut: (node: ServiceNode) => boolean,
): readonly ServiceRecord[] {
  return records.flatMap((record) => {
    const nodes = record.nodes.filter((node) => !isLeftOut(node));
    return nodes.length === 0 ? [] : [{ ...record, nodes }];
  });
}
