import type { Message } from "@micro/wire";
import type { Broker, BrokerHandler, Subscription } from "../../contracts/broker.ts";
import { MemoryBroker } from "../../memory/memory-broker.ts";
import { Machine } from "./machine.ts";
import { type Network, outOfReach } from "./network.ts";

/** The in-memory broker, at a place that nodes can be cut off from. What it cannot deliver is lost. */
export class SimulatedBroker implements Broker {
  readonly name = "simulated";
  readonly delivery = "at-most-once";
  readonly #network: Network;
  readonly #machine: Machine;
  readonly #inner: MemoryBroker;

  constructor(network: Network, machine: Machine) {
    this.#network = network;
    this.#machine = machine;
    this.#inner = new MemoryBroker({ network: network.memory });
  }

  async publish(topic: string, message: Message): Promise<void> {
    if (!this.#network.isHeard(this.#machine, "broker")) throw outOfReach("broker");
    await Machine.outside(() => this.#inner.publish(topic, message));
  }

  subscribe(topic: string, handler: BrokerHandler, options: { readonly queue?: string }): Promise<Subscription> {
    const machine = this.#machine;
    const deliver: BrokerHandler = (message, of) => {
      if (machine.isPaused || this.#network.hears(machine, "broker")) {
        return new Promise((resolve) => machine.admit(() => resolve(machine.enter(async () => handler(message, of)))));
      }
      return undefined;
    };
    return this.#inner.subscribe(topic, deliver, options);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
