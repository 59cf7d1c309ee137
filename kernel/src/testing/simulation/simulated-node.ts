import type { Client } from "../../client/client.ts";
import type { Kernel } from "../../kernel.ts";
import type { ServedService } from "../../server/served-service.ts";
import type { ServiceDefinition } from "../../server/service.ts";
import type { Machine } from "./machine.ts";

/** A kernel on the simulated network. */
export class SimulatedNode {
  readonly name: string;
  readonly kernel: Kernel;
  readonly #machine: Machine;
  readonly #until: <Value>(work: Promise<Value>) => Promise<Value>;

  /** @internal */
  constructor(machine: Machine, kernel: Kernel, until: <Value>(work: Promise<Value>) => Promise<Value>) {
    this.name = machine.name;
    this.kernel = kernel;
    this.#machine = machine;
    this.#until = until;
  }

  /** The kernel's client. Only calls made within {@link run} stop with the node when it is paused or crashes. */
  get client(): Client {
    return this.kernel.client;
  }

  /** Serves a service, while time passes as it has to. */
  serve(service: ServiceDefinition): Promise<ServedService> {
    return this.#until(this.run(() => this.kernel.serve(service)));
  }

  /** Leaves the network in order, while time passes as it has to. */
  stop(): Promise<void> {
    return this.#until(this.kernel.stop());
  }

  /**
   * Runs something as code of this node: what it starts, timers and calls too, pauses and dies with it.
   *
   * @example
   * node.run(() => setInterval(() => void node.client.call("greeter", "Say.Hello").catch(() => {}), 100));
   */
  run<Result>(work: () => Result): Result {
    return this.#machine.enter(work);
  }
}
