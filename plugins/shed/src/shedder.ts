import type { AdmitNext, HandlerRoute, Logger } from "@micro/kernel";
import { Gate } from "./gate.ts";
import { Teller } from "./observe.ts";
import { Vitals } from "./vitals.ts";

/** What a {@link Shedder} goes by. */
export interface ShedderOptions {
  readonly maxInFlight: number;
  readonly maxQueue: number;
  readonly maxLoopDelayMs: number;
  readonly maxHeap: number;
}

// More than a kernel serves. Those of services that are gone are dropped when there are so many.
const maxGates = 1024;

/** The gates of the services of a kernel, and one watch over the process that they share. */
export class Shedder {
  readonly #options: ShedderOptions;
  readonly #log: Logger;
  readonly #vitals: Vitals;
  readonly #gates = new Map<string, Gate>();

  constructor(options: ShedderOptions, log: Logger) {
    this.#options = options;
    this.#log = log;
    this.#vitals = new Vitals(options);
  }

  /** The wrap of one method. */
  wrap(next: AdmitNext, { owner: { name }, method, kind }: HandlerRoute): AdmitNext {
    // Whoever asks whether the service is well must hear that it is, only busy.
    if (method.startsWith("Debug.")) return next;
    const gate = this.#gateOf(name);
    return kind === "unary" ? gate.wrapCall(next) : gate.wrapStream(next);
  }

  /** Ends the watch over the process. Idempotent. */
  close(): void {
    this.#vitals.close();
  }

  #gateOf(service: string): Gate {
    let gate = this.#gates.get(service);
    if (gate === undefined) {
      const [oldest] = this.#gates.keys();
      if (this.#gates.size >= maxGates) this.#gates.delete(oldest as string);
      const teller = new Teller(this.#log, service);
      gate = new Gate({
        ...this.#options,
        service,
        pressure: () => this.#vitals.pressure(),
        onRefuse: (why, stats, now) => teller.tell(why, stats, now),
      });
      this.#gates.set(service, gate);
    }
    return gate;
  }
}
