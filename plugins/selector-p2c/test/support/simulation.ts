import type { ServiceNode, Strategy } from "@micro/kernel";
import { Balancer, type BalancerOptions } from "../../src/index.ts";

/** How a node answers at a time: after so many milliseconds, and how that ends. */
export type Conduct = (now: number, random: () => number) => { tookMs: number; ending?: "answered" | "refused" };

/** Simulated calls of one service, with a clock and dice of their own: the same seed gives the same run. */
export class Simulation {
  now = 0;
  readonly balancer: Balancer;
  readonly random: () => number = dice(1);
  /** The latencies of all calls that ended. */
  latencies: number[] = [];
  readonly #nodes: ServiceNode[] = [];
  readonly #conducts = new Map<string, Conduct>();
  readonly #picks = new Map<string, number>();
  readonly #strategy: Strategy;
  #ends: { at: number; run: () => void }[] = [];

  /** @param strategy instead of the balancer's, to see what would be without it */
  constructor(
    conducts: readonly Conduct[],
    options: BalancerOptions = {},
    strategy?: (random: () => number) => Strategy,
  ) {
    this.balancer = new Balancer({ clock: () => this.now, random: this.random, ...options });
    this.#strategy = strategy?.(this.random) ?? this.balancer.strategy;
    for (const [at, conduct] of conducts.entries()) this.join(`node-${at}`, conduct);
  }

  join(address: string, conduct: Conduct): void {
    this.#conducts.set(address, conduct);
    this.#nodes.push({ id: address, address, metadata: {} });
    this.#whole = [...this.#nodes];
  }

  leave(address: string): void {
    this.#nodes.splice(
      this.#nodes.findIndex((node) => node.address === address),
      1,
    );
    this.#whole = [...this.#nodes];
  }

  /** Makes so many calls a second for so long, at random moments. */
  run(seconds: number, perSecond = 200): void {
    const end = this.now + seconds * 1000;
    for (let next = this.now; next < end; next += (-Math.log(1 - this.random()) * 1000) / perSecond) {
      this.#advance(next);
      this.call();
    }
    this.#advance(end);
  }

  call(): void {
    const { address } = this.#strategy(this.#whole, { service: "greeter", method: "Say.Hello", filters: [] });
    this.#picks.set(address, (this.#picks.get(address) ?? 0) + 1);
    const load = this.balancer.begin("greeter", address);
    const startedAt = this.now;
    const { tookMs, ending = "answered" } = (this.#conducts.get(address) as Conduct)(this.now, this.random);
    const finish = (): void => {
      this.latencies.push(tookMs);
      if (load !== undefined) this.balancer.end(load, startedAt, ending);
    };
    this.#ends.push({ at: this.now + tookMs, run: finish });
  }

  /** Which share of the picks since the last question went to each node. */
  shares(): readonly number[] {
    const all = [...this.#picks.values()].reduce((sum, count) => sum + count, 0);
    const shares = this.#nodes.map(({ address }) => (this.#picks.get(address) ?? 0) / all);
    this.#picks.clear();
    return shares;
  }

  /** The same for one node. */
  share(address: string): number {
    const at = this.#nodes.findIndex((node) => node.address === address);
    return this.shares()[at] ?? 0;
  }

  #whole: readonly ServiceNode[] = [];

  #advance(to: number): void {
    const due = this.#ends.filter(({ at }) => at <= to).sort((one, other) => one.at - other.at);
    this.#ends = this.#ends.filter(({ at }) => at > to);
    for (const { at, run } of due) {
      this.now = at;
      run();
    }
    this.now = to;
  }
}

/** A node that takes two to three milliseconds. */
export const healthy: Conduct = (_now, random) => ({ tookMs: 2 + random() });

/** What go-micro does by default. */
export const anyNode =
  (random: () => number): Strategy =>
  (nodes) =>
    nodes[Math.floor(random() * nodes.length)] as ServiceNode;

export function percentile(values: readonly number[], share: number): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length * share)] as number;
}

function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
