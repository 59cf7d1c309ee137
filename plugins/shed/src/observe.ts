import { channel } from "node:diagnostics_channel";
import type { Logger } from "@micro/kernel";
import type { GateStats } from "./gate.ts";

/** What the diagnostics channel `micro:shed` publishes for each call that is refused. */
export interface ShedEvent {
  readonly service: string;
  /** In words for people. */
  readonly why: string;
  /** What the service did so far. */
  readonly stats: GateStats;
}

const events = channel("micro:shed");
const quietMs = 10_000;

/** Tells of refusals: each one to whoever listens on the channel, and the first of ten seconds to the log. */
export class Teller {
  readonly #log: Pick<Logger, "warn">;
  readonly #service: string;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(log: Pick<Logger, "warn">, service: string) {
    this.#log = log;
    this.#service = service;
  }

  tell(why: string, stats: () => GateStats, now: number): void {
    if (events.hasSubscribers) events.publish({ service: this.#service, why, stats: stats() } satisfies ShedEvent);
    if (now - this.#toldAt < quietMs) return;
    this.#toldAt = now;
    this.#log.warn("calls are refused", { service: this.#service, why, ...stats() });
  }
}
