import type { Latency, Network } from "./network.ts";

/** How a {@link NetworkFaults.partition} cuts. */
export interface PartitionOptions {
  /** Whether only what the first ones send is lost, and what the others send arrives. Default false. */
  readonly oneWay?: boolean;
}

/** What can be made to go wrong between and on nodes. Names are those of nodes, and for partitions `registry` and `broker`. */
export class NetworkFaults {
  readonly #network: Network;

  /** @internal */
  constructor(network: Network) {
    this.#network = network;
  }

  /** How long messages take from now on. */
  latency(latency: Latency): void {
    this.#network.latency = checkLatency(latency);
  }

  /** Every message to the node takes this much longer, in milliseconds; 0 ends it. */
  slow(node: string, ms: number): void {
    this.#network.machine(node).slowMs = inRange("a delay", ms, 3_600_000);
  }

  /**
   * Cuts nodes off from others: what is sent is lost, without a word. The function it returns heals it.
   *
   * @example
   * const heal = sim.network.partition(["a"], ["b", "registry"]);
   */
  partition(some: readonly string[], others: readonly string[], { oneWay = false }: PartitionOptions = {}): () => void {
    for (const name of [...some, ...others]) if (name !== "registry" && name !== "broker") this.#network.machine(name);
    const there = this.#network.cut(some, others);
    const back = oneWay ? undefined : this.#network.cut(others, some);
    return () => {
      there();
      back?.();
    };
  }

  /** Heals every partition. */
  heal(): void {
    this.#network.heal();
  }

  /** Loses this share of the requests to the node, from 0 to 1. They do not run, and nobody says so. */
  loseRequests(node: string, share: number): void {
    this.#network.lostRequests.set(this.#network.machine(node).name, inRange("a share", share, 1));
  }

  /** Loses this share of the answers of the node, from 0 to 1. The calls ran, and nobody says so. */
  loseAnswers(node: string, share: number): void {
    this.#network.lostAnswers.set(this.#network.machine(node).name, inRange("a share", share, 1));
  }

  /** Breaks every connection of the node, with what is under way on it. The node goes on. */
  reset(node: string): void {
    this.#network.breakLinks(this.#network.machine(node), "the connection was reset");
  }

  /**
   * Ends the node as SIGKILL does: its connections break, what it was doing is never done, and its record stays in the
   * registry until its TTL is over. A new node may take its name.
   */
  crash(node: string): void {
    this.#network.crash(this.#network.machine(node));
  }

  /** Stops the node as SIGSTOP does: nothing happens on it, and to the others it hangs. */
  pause(node: string): void {
    this.#network.machine(node).pause();
    this.#network.changed();
  }

  /** Lets it go on, late, with all that came meanwhile. */
  resume(node: string): void {
    this.#network.machine(node).resume();
    this.#network.changed();
  }
}

/** @throws TypeError when it is no length of time */
export function checkLatency(latency: Latency): Latency {
  const values = typeof latency === "number" ? [latency] : Object.values(latency);
  for (const value of values) inRange("a latency", value, 3_600_000);
  const [least = 0, most = least] = values;
  const isMedian = typeof latency !== "number" && "medianMs" in latency;
  if (least <= most && !(isMedian && least === 0)) return latency;
  throw new TypeError(`a latency goes from less to more, not ${JSON.stringify(latency)}`);
}

function inRange(what: string, value: number, max: number): number {
  if (value >= 0 && value <= max) return value;
  throw new TypeError(`${what} is a number from 0 to ${max}, not ${value}`);
}
