import type { ServiceNode, Strategy } from "@micro/kernel";
import type { Ending, NodeLoad } from "./node-load.ts";
import { ServiceLoads } from "./service-loads.ts";

/** What a {@link Balancer} can be told. Times are in milliseconds. */
export interface BalancerOptions {
  /** After how long a slow answer counts for a hundredth of what it took. Default 10,000. */
  readonly decayMs?: number;
  /** How slow an answer a refusal is taken for. Default 5000. */
  readonly penaltyMs?: number;
  /** How many services are kept; the oldest goes first. Default 10,000. */
  readonly maxServices?: number;
  /** The time, monotonic. Default `performance.now`. */
  readonly clock?: () => number;
  /** Numbers from 0 to below 1. Default `Math.random`. */
  readonly random?: () => number;
}

const defaults = Object.freeze({
  decayMs: 10_000,
  penaltyMs: 5000,
  maxServices: 10_000,
  clock: () => performance.now(),
  random: Math.random,
}) satisfies BalancerOptions;

// Answers that differ by less say nothing of the nodes.
const sameSpeed = 1.5;

/**
 * Spreads calls by power of two choices: of two random nodes the one whose peak EWMA of latency, times the tries under
 * way there and the new one, is lower. So no caller needs to know all nodes well, and no two callers run to the same one.
 *
 * It works without a kernel: hand {@link strategy} to a selector, and tell how each try goes with {@link begin} and
 * {@link end}.
 */
export class Balancer {
  readonly #options: Required<BalancerOptions>;
  readonly #services = new Map<string, ServiceLoads>();
  // Stands apart because comparing names costs a nanosecond and the map twenty.
  #latest: ServiceLoads | undefined;
  #latestName = "";
  #now: number;

  /** @throws RangeError that names the option which is no such number */
  constructor(options: BalancerOptions = {}) {
    this.#options = { ...defaults, ...options };
    for (const name of ["decayMs", "maxServices"] as const) {
      if (!(this.#options[name] > 0)) throw wrongOption(name, "more than 0", this.#options[name]);
    }
    if (!(this.#options.penaltyMs >= 0)) throw wrongOption("penaltyMs", "0 or more", this.#options.penaltyMs);
    this.#now = this.#options.clock();
  }

  /**
   * The time of the latest {@link begin} or {@link end}. Picks use it: reading the clock costs more than all the rest of
   * a pick, and a try follows each.
   */
  get now(): number {
    return this.#now;
  }

  /** Chooses a node. A list without filters is taken for the whole service: nodes that are not in it are forgotten. */
  readonly strategy: Strategy = (nodes, { service, filters }) => {
    const known = this.#loadsOf(service);
    if (nodes !== known.nodes && filters.length === 0) known.replace(nodes);
    const { length } = nodes;
    if (length === 1) return nodes[0] as ServiceNode;
    const at = Math.floor(this.#options.random() * length);
    const other = (at + 1 + Math.floor(this.#options.random() * (length - 1))) % length;
    const [first, second] = [nodes[at] as ServiceNode, nodes[other] as ServiceNode];
    const isListed = nodes === known.nodes;
    const one = isListed ? (known.loads[at] as NodeLoad) : known.of(first.address);
    const two = isListed ? (known.loads[other] as NodeLoad) : known.of(second.address);
    return this.#isLighter(two, one) ? second : first;
  };

  /**
   * A try goes to a node. Pair it with {@link end}.
   *
   * @returns `undefined` for an address that nobody picked
   */
  begin(service: string, address: string): NodeLoad | undefined {
    const load = this.#services.get(service)?.peek(address);
    if (load === undefined) return undefined;
    this.#now = this.#options.clock();
    load.inFlight++;
    return load;
  }

  /**
   * The try ended.
   *
   * @param startedAt what {@link now} was after its `begin`
   * @param ending `refused` counts as slow however fast it was, `unknown` only where it shows that the node is slower
   */
  end(load: NodeLoad, startedAt: number, ending: Ending): void {
    this.#now = this.#options.clock();
    load.end(ending, this.#now - startedAt, this.#now);
  }

  #isLighter(one: NodeLoad, other: NodeLoad): boolean {
    const [mine, theirs] = [one.latencyMs(this.#now), other.latencyMs(this.#now)];
    if (mine <= theirs * sameSpeed && theirs <= mine * sameSpeed) return one.inFlight < other.inFlight;
    return mine * (one.inFlight + 1) < theirs * (other.inFlight + 1);
  }

  #loadsOf(service: string): ServiceLoads {
    if (this.#latest !== undefined && service === this.#latestName) return this.#latest;
    const loads = this.#services.get(service) ?? this.#add(service);
    this.#latest = loads;
    this.#latestName = service;
    return loads;
  }

  #add(service: string): ServiceLoads {
    const { decayMs, penaltyMs, maxServices } = this.#options;
    const [oldest] = this.#services.keys();
    if (this.#services.size >= maxServices) this.#services.delete(oldest as string);
    const loads = new ServiceLoads({ typicalMs: 0, tauMs: decayMs / Math.log(100), penaltyMs });
    this.#services.set(service, loads);
    return loads;
  }
}

function wrongOption(name: string, wanted: string, given: number): RangeError {
  return new RangeError(`${name} of the p2c balancer is ${wanted}, not ${given}`);
}
