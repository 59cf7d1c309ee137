import { deadlines, Expiring } from "@micro/limits";
import type { Config } from "../../contracts/config.ts";
import type { Logger } from "../../contracts/log.ts";
import { startKernel } from "../../kernel.ts";
import type { HistoryEntry } from "./history.ts";
import { Machine } from "./machine.ts";
import { type Latency, Network } from "./network.ts";
import { checkLatency, NetworkFaults } from "./network-faults.ts";
import { RegistryFaults } from "./registry-faults.ts";
import { replaceGlobals } from "./replace-globals.ts";
import { seeded } from "./seeded.ts";
import { SimulatedNode } from "./simulated-node.ts";
import type { RegistryState } from "./simulated-registry.ts";
import { simulationPlugin } from "./simulation-plugin.ts";
import { VirtualClock } from "./virtual-clock.ts";
import type { VirtualTimer } from "./virtual-timer.ts";

/** What {@link simulate} can be told. */
export interface SimulationOptions {
  /** The same seed gives the same run. A whole number; default 1. */
  readonly seed?: number;
  /** How long messages take one way. Default a median of 1 ms with a 99th percentile of 5 ms. */
  readonly latency?: Latency;
  /** After how long the registry forgets a node that it does not hear of, in milliseconds. Default 30,000. */
  readonly registryTtlMs?: number;
}

/**
 * A fleet of kernels in one process, on a virtual clock and a network that fails on purpose and by a seed. A minute
 * of it takes a fraction of a second, and happens in the same way each time.
 *
 * From here to `close()` the timers, `performance.now`, `Date` and `Math.random` of the process are virtual; time passes
 * in `run` and `until` alone. A process runs one simulation at a time, and no other kernel beside it.
 *
 * @example
 * const sim = await simulate({ seed: 7 });
 * const server = await sim.node("server");
 * await server.serve(greeter);
 * const caller = await sim.node("caller", { plugins: [retry()] });
 * sim.network.loseAnswers("server", 0.1);
 * await sim.until(caller.client.call("greeter", "Say.Hello", {}, { timeout: "1s" }));
 * await sim.close();
 *
 * @throws Error when a simulation runs already, or calls are under way on the real clock
 */
export async function simulate(options: SimulationOptions = {}): Promise<Simulation> {
  const { seed = 1, latency = { medianMs: 1, p99Ms: 5 }, registryTtlMs = 30_000 } = options;
  if (!Number.isSafeInteger(seed)) throw new TypeError(`a seed is a whole number, not ${seed}`);
  if (!(registryTtlMs >= 1 && registryTtlMs <= maxMs)) {
    throw new TypeError(`registryTtlMs is a number from 1 to ${maxMs}, not ${registryTtlMs}`);
  }
  const simulation = new Simulation({ seed, latency: checkLatency(latency), registryTtlMs });
  await simulation.begin();
  return simulation;
}

const maxMs = 2 ** 31 - 1;
const defaultLimitMs = 600_000;
/** The first of January 2020, so that dates in what a test shows are the same each time. */
const firstWallTime = 1_577_836_800_000;
const idleLimitMs = 1000;
const importLimitMs = 1000;

let isRunning = false;

/** A running simulation. */
export class Simulation {
  /** What goes wrong between nodes. */
  readonly network: NetworkFaults;
  /** What goes wrong with the registry. */
  readonly registry: RegistryFaults;
  readonly #clock = new VirtualClock();
  readonly #network: Network;
  readonly #registryState: RegistryState;
  readonly #seed: number;
  readonly #nodes: SimulatedNode[] = [];
  readonly #machines: Machine[] = [];
  readonly #guard = new Guard();
  #wheel: VirtualTimer | undefined;
  #wallOffsetMs = 0;
  #putBack: (() => void) | undefined;
  #closed: Promise<void> | undefined;

  /** @internal */
  constructor({ seed, latency, registryTtlMs }: Required<SimulationOptions>) {
    this.#seed = seed;
    this.#registryState = { isDown: false, frozen: undefined, ttlMs: registryTtlMs };
    this.#network = new Network({ latency, random: seeded(seed), now: () => this.#clock.now });
    this.network = new NetworkFaults(this.#network);
    this.registry = new RegistryFaults(this.#network, this.#registryState);
  }

  /** Virtual milliseconds since the begin; what `performance.now()` says. */
  get now(): number {
    return this.#clock.now;
  }

  /** Every try of a call between nodes, in the order in which they began; the first million. */
  get history(): readonly HistoryEntry[] {
    return this.#network.history;
  }

  /**
   * Starts a kernel on the network. Registry, transport and broker are simulated, whatever its plugins bring; log lines go
   * nowhere unless the config has a `log`.
   *
   * @param name what faults and the history call it; free again when its node crashed or was stopped
   */
  async node(name: string, config: Config = {}): Promise<SimulatedNode> {
    this.#assertOpen();
    const machine = this.#addMachine(name);
    const plugins = [...(config.plugins ?? []), simulationPlugin(this.#network, machine, this.#registryState)];
    const use = { ...config.use, registry: "simulated", transport: "simulated", broker: "simulated" };
    // Random ids would make each run another one.
    const id = `${name}-${this.#machines.length}`;
    const start = () => startKernel({ log: silent, ...config, plugins, use }, { flags: { server_id: id } });
    const kernel = await this.#patiently(machine.enter(start));
    const node = new SimulatedNode(machine, kernel, (work) => this.until(work));
    this.#nodes.push(node);
    return node;
  }

  /** Lets so many virtual milliseconds pass, with all that happens in them. */
  async run(ms: number): Promise<void> {
    this.#assertOpen();
    if (!(ms >= 0 && ms <= maxMs)) throw new TypeError(`a simulation runs for 0 to ${maxMs} ms, not ${ms}`);
    await this.#clock.advance(ms);
  }

  /**
   * Lets time pass until some work is done.
   *
   * @param limitMs how much virtual time that may take; default ten minutes
   * @throws what the work failed with, or an Error when it was not done in time
   */
  async until<Value>(work: Promise<Value>, limitMs: number = defaultLimitMs): Promise<Value> {
    this.#assertOpen();
    return this.#until(work, limitMs);
  }

  /** Moves the system time, `Date`, forward or back, as an operator or NTP does. No timer and no deadline may care. */
  jumpSystemTime(ms: number): void {
    this.#wallOffsetMs += ms;
  }

  /**
   * Stops all nodes in order, those that crashed too, and gives the process its clock back. Whatever timers are left are
   * dropped. Idempotent.
   *
   * @throws AggregateError when a kernel did not stop; Error when calls are still made afterwards
   */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal Takes the clock over. */
  async begin(): Promise<void> {
    if (isRunning) throw new Error("a simulation runs already in this process: close() it first");
    isRunning = true;
    const { setTimeout: realTimeout } = globalThis;
    // Deadlines stand on one wheel, whose timer goes within a tick of the last call.
    for (let waitedMs = 0; !this.#takeOver(); waitedMs += 10) {
      if (waitedMs < idleLimitMs) await new Promise((resolve) => realTimeout(resolve, 10));
      else {
        isRunning = false;
        throw new Error("calls are under way on the real clock: end them before a simulation begins");
      }
    }
  }

  /** False, and nothing was changed, when the wheel runs already, which is then on the real clock. */
  #takeOver(): boolean {
    this.#putBack = replaceGlobals({
      clock: this.#clock,
      random: seeded(this.#seed ^ 0x5eed),
      wallTime: () => firstWallTime + this.#wallOffsetMs + this.#clock.now,
    });
    // It waits for as long as the simulation lasts, so that the wheel is nobody's: what starts it owns its timer.
    deadlines.add(this.#guard);
    this.#wheel = this.#clock.latest;
    if (this.#wheel !== undefined) return true;
    deadlines.delete(this.#guard);
    this.#putBack();
    return false;
  }

  #addMachine(name: string): Machine {
    if (name === "registry" || name === "broker" || !/^[a-z0-9][a-z0-9-]*$/i.test(name)) {
      throw new TypeError(`a node's name is letters, digits and dashes, and not "registry" or "broker": "${name}"`);
    }
    const known = this.#network.machines.get(name);
    const isFree = known === undefined || known.isCrashed || this.#isStopped(known);
    if (!isFree) throw new TypeError(`there is a node "${name}" already`);
    const machine = new Machine(name);
    machine.slowMs = known?.slowMs ?? 0;
    this.#network.machines.set(name, machine);
    this.#machines.push(machine);
    return machine;
  }

  #isStopped({ name }: Machine): boolean {
    const node = this.#nodes.findLast((one) => one.name === name);
    return node === undefined || node.kernel.state === "stopped";
  }

  /** A plugin may import something when it starts: that takes real time, which must not become virtual by chance. */
  async #patiently<Value>(work: Promise<Value>): Promise<Value> {
    let isDone = false;
    const done = () => {
      isDone = true;
    };
    work.then(done, done);
    await this.#clock.rest(() => isDone, importLimitMs);
    return this.until(work);
  }

  async #until<Value>(work: Promise<Value>, limitMs: number): Promise<Value> {
    let isDone = false;
    const done = () => {
      isDone = true;
    };
    work.then(done, done);
    if (await this.#clock.advanceUntil(() => isDone, limitMs)) return work;
    throw new Error(`it was not done within ${limitMs} virtual ms`);
  }

  async #end(): Promise<void> {
    try {
      await this.#clock.interrupt();
      this.#repair();
      const stops = this.#nodes.map(({ kernel }) => kernel.stop());
      const ends = await this.#until(Promise.allSettled(stops), defaultLimitMs);
      const failures = ends.flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
      await this.#stopWheel();
      if (failures.length > 0) throw new AggregateError(failures, "nodes of the simulation did not stop");
    } finally {
      this.#putBack?.();
      isRunning = false;
    }
  }

  #repair(): void {
    for (const machine of this.#machines) machine.revive();
    this.#registryState.isDown = false;
    this.#registryState.frozen = undefined;
    this.#network.heal();
  }

  /** The wheel is the process's: left with a timer of ours, it would never turn again. */
  async #stopWheel(): Promise<void> {
    const wheel = this.#wheel as VirtualTimer;
    this.#clock.clear(wheel);
    deadlines.delete(this.#guard);
    if (await this.#clock.advanceUntil(() => !wheel.isActive, defaultLimitMs)) return;
    throw new Error("calls are still made after the nodes stopped: end what makes them before close()");
  }

  #assertOpen(): void {
    if (this.#closed !== undefined) throw new Error("the simulation is closed");
  }
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** A deadline that never comes. */
class Guard extends Expiring {
  override expiry: number = Number.MAX_SAFE_INTEGER;

  expire(): void {}
}
