import { AsyncLocalStorage } from "node:async_hooks";
import type { Limits } from "@micro/limits";
import { clientErrorId, MicroError } from "@micro/wire";
import type { Attempt, AttemptNext } from "../../contracts/hooks.ts";
import type { Listener } from "../../contracts/transport.ts";
import { createMemoryNetwork, type MemoryNetwork } from "../../memory/memory-network.ts";
import { MemoryTransport } from "../../memory/memory-transport.ts";
import type { HistoryEntry } from "./history.ts";
import type { Link } from "./link.ts";
import { Machine } from "./machine.ts";
import { Transit } from "./transit.ts";

/** How long a message takes one way, in milliseconds: always the same, evenly spread, or with a long tail. */
export type Latency =
  | number
  | { readonly minMs: number; readonly maxMs: number }
  | { readonly medianMs: number; readonly p99Ms: number };

/** What a {@link Network} is told. */
export interface NetworkOptions {
  readonly latency: Latency;
  readonly random: () => number;
  readonly now: () => number;
}

/** Where the registry and the broker stand. */
export type Place = "registry" | "broker";

const maxHistory = 1_000_000;

/** The machines of a simulation, what is between them, and what goes wrong there. */
export class Network {
  readonly memory: MemoryNetwork = createMemoryNetwork();
  readonly transport: MemoryTransport = new MemoryTransport(this.memory);
  readonly machines: Map<string, Machine> = new Map();
  /** Who listens on a port. */
  readonly owners: Map<number, Machine> = new Map();
  readonly links: Set<Link> = new Set();
  readonly history: HistoryEntry[] = [];
  /** The try that the code which runs now belongs to. */
  readonly underWay: AsyncLocalStorage<{ arrived: boolean }> = new AsyncLocalStorage();
  /** Told whenever who reaches whom changes. */
  readonly onChange: Set<() => void> = new Set();
  readonly now: () => number;
  latency: Latency;
  /** Which share of the requests to a node is lost, and of the answers of a node. */
  readonly lostRequests: Map<string, number> = new Map();
  readonly lostAnswers: Map<string, number> = new Map();
  readonly #listeners = new Map<Listener, Machine>();
  readonly #random: () => number;
  readonly #cuts = new Set<Cut>();

  constructor({ latency, random, now }: NetworkOptions) {
    this.latency = latency;
    this.now = now;
    this.#random = random;
  }

  machine(name: string): Machine {
    const machine = this.machines.get(name);
    if (machine !== undefined) return machine;
    const known = [...this.machines.keys()].map((one) => `"${one}"`).join(", ") || "none";
    throw new TypeError(`there is no node "${name}" in the simulation; there is ${known}`);
  }

  /** The name of the node at an address, or the address where nobody is. */
  nameAt(address: string): string {
    return this.ownerOf(address)?.name ?? address;
  }

  ownerOf(address: string): Machine | undefined {
    return this.owners.get(portOf(address));
  }

  /** Cuts the way from some to others; the function it returns heals it. */
  cut(from: readonly string[], to: readonly string[]): () => void {
    const cut = { from: new Set(from), to: new Set(to) };
    this.#cuts.add(cut);
    this.changed();
    return () => {
      this.#cuts.delete(cut);
      this.changed();
    };
  }

  heal(): void {
    this.#cuts.clear();
    this.changed();
  }

  isCut(from: string, to: string): boolean {
    for (const cut of this.#cuts) if (cut.from.has(from) && cut.to.has(to)) return true;
    return false;
  }

  /** Whether a place hears of a node. */
  isHeard(machine: Machine, place: Place): boolean {
    return !(machine.isPaused || machine.isCrashed || this.isCut(machine.name, place));
  }

  /** Whether a node hears of a place. */
  hears(machine: Machine, place: Place): boolean {
    return !(machine.isPaused || machine.isCrashed || this.isCut(place, machine.name));
  }

  /** Someone listens at an address of theirs. */
  listens(machine: Machine, listener: Listener): void {
    this.owners.set(portOf(listener.address), machine);
    this.#listeners.set(listener, machine);
  }

  changed(): void {
    for (const listener of this.onChange) Machine.outside(listener);
  }

  /** A message from one machine to another; it is lost with this chance. */
  carry(journey: Journey, limits: Limits): Transit {
    const { from, to, waiter, lossShare = 0, notProcessed = false } = journey;
    const transit = new Transit(waiter, limits, notProcessed);
    // Drawn in any case, so that one fault does not change the dice of all others.
    const isLost = this.#random() < lossShare;
    const ms = this.#latencyMs() + to.slowMs;
    transit.start(from, to, isLost || this.isCut(from.name, to.name) ? Number.POSITIVE_INFINITY : ms);
    return transit;
  }

  /** Breaks every connection of a machine. */
  breakLinks(machine: Machine, why: string): void {
    for (const link of [...this.links]) if (link.client === machine || link.server === machine) link.break(why);
  }

  /** Ends all that a machine has open; what it announced stays. */
  crash(machine: Machine): void {
    machine.crash();
    this.breakLinks(machine, "the node crashed");
    for (const [listener, owner] of this.#listeners) if (owner === machine) Machine.outside(() => listener.destroy());
    this.changed();
  }

  /** Takes a try down in the history. */
  async record(machine: Machine, attempt: Attempt, next: AttemptNext): Promise<unknown> {
    const { service, method } = attempt.request.route;
    const entry: Mutable<HistoryEntry> = {
      at: this.now(),
      from: machine.name,
      to: this.nameAt(attempt.node.address),
      service,
      method,
      attempt: attempt.number,
      arrived: false,
      outcome: "under way",
      tookMs: 0,
    };
    if (this.history.length < maxHistory) this.history.push(entry);
    try {
      const answer = await this.underWay.run(entry, () => next(attempt));
      entry.outcome = "answered";
      return answer;
    } catch (error) {
      entry.outcome = MicroError.is(error) ? (error.reason ?? String(error.code)) : String(error);
      throw error;
    } finally {
      entry.tookMs = this.now() - entry.at;
    }
  }

  #latencyMs(): number {
    const { latency } = this;
    const dice = this.#random();
    if (typeof latency === "number") return latency;
    if ("minMs" in latency) return latency.minMs + dice * (latency.maxMs - latency.minMs);
    // A log-normal distribution through both points; 2.326 standard deviations are its 99th percentile.
    const spread = Math.log(latency.p99Ms / latency.medianMs) / 2.326;
    const normal = Math.sqrt(-2 * Math.log(1 - dice)) * Math.cos(2 * Math.PI * this.#random());
    return latency.medianMs * Math.exp(spread * normal);
  }
}

type Mutable<Type> = { -readonly [Name in keyof Type]: Type[Name] };

function portOf(address: string): number {
  return Number(/:(\d+)$/.exec(address)?.[1]);
}

/** The way of a message. */
export interface Journey {
  readonly from: Machine;
  readonly to: Machine;
  /** Who waits for it to arrive. */
  readonly waiter: Machine;
  /** How likely it is lost; default 0. */
  readonly lossShare?: number | undefined;
  /** Whether nothing ran when it does not arrive; default false. */
  readonly notProcessed?: boolean;
}

interface Cut {
  readonly from: ReadonlySet<string>;
  readonly to: ReadonlySet<string>;
}

/** 503: a place cannot be reached. */
export function outOfReach(place: Place): MicroError {
  const reason = place === "registry" ? "registry_unavailable" : "connection_lost";
  return new MicroError(clientErrorId, 503, `the simulated ${place} cannot be reached`, { reason });
}
