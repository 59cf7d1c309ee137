import type { Limits } from "@micro/limits";
import { connectionLost } from "../../memory/transport-errors.ts";
import type { Machine } from "./machine.ts";
import type { Network } from "./network.ts";
import type { Transit } from "./transit.ts";

/** A connection between two machines, and what is on its way there. */
export class Link {
  readonly client: Machine;
  readonly server: Machine;
  /** Called once when it breaks. */
  onBreak: () => void = () => {};
  readonly #network: Network;
  readonly #transits = new Set<Transit>();
  #isBroken = false;

  constructor(network: Network, client: Machine, server: Machine) {
    this.#network = network;
    this.client = client;
    this.server = server;
    network.links.add(this);
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** The way of a request. @throws MicroError at the limits, and when the connection breaks */
  request(limits: Limits): Promise<void> {
    const { client, server } = this;
    const lossShare = this.#network.lostRequests.get(server.name);
    return this.#arrival(this.#network.carry({ from: client, to: server, waiter: client, lossShare }, limits));
  }

  /** The way of an answer. @throws MicroError at the limits, and when the connection breaks */
  answer(limits: Limits): Promise<void> {
    const { client, server } = this;
    const lossShare = this.#network.lostAnswers.get(server.name);
    return this.#arrival(this.#network.carry({ from: server, to: client, waiter: client, lossShare }, limits));
  }

  /** Ends it, and what is on its way, as a reset does. */
  break(why: string): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.close();
    for (const transit of this.#transits) transit.fail(connectionLost(why));
    this.onBreak();
  }

  /** Forgets it. */
  close(): void {
    this.#network.links.delete(this);
  }

  async #arrival(transit: Transit): Promise<void> {
    if (this.#isBroken) transit.fail(connectionLost("it is closed"));
    this.#transits.add(transit);
    try {
      await transit.arrived;
    } finally {
      this.#transits.delete(transit);
    }
  }
}
