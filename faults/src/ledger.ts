import { MicroError } from "@micro/kernel";
import type { NodeMessage } from "./node-messages.ts";

/** A call as its caller saw it. Times are milliseconds on the clock of `performance.now()`. */
export interface Entry {
  readonly id: string;
  readonly sentAt: number;
  /** The addresses it was sent to, one for each try. */
  readonly tries: string[];
  /** `undefined` while it is under way. */
  endedAt: number | undefined;
  /** What it failed with; `undefined` when it was answered, or is under way. */
  error: unknown;
}

/** What became of some calls. */
export interface Summary {
  readonly calls: number;
  readonly failed: number;
  /** How many were begun more than once. */
  readonly twice: number;
  /** How many were carried out more than once: begun, and not called off before their end. */
  readonly finishedTwice: number;
  /** How many were answered and ran nowhere. */
  readonly unexplained: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** How many took more than a second. */
  readonly late: number;
}

/** Every call of a run with what became of it, so that losses and doubles are counted and not guessed. */
export class Ledger {
  readonly #entries = new Map<string, Entry>();
  readonly #executions = new Map<string, number>();
  readonly #finishes = new Map<string, number>();

  /** A call goes out. */
  send(id: string): Entry {
    const entry: Entry = { id, sentAt: performance.now(), tries: [], endedAt: undefined, error: undefined };
    this.#entries.set(id, entry);
    return entry;
  }

  /** A node tells what its handlers do. A function of its own, to be handed to nodes. */
  readonly hear = ({ kind, id }: NodeMessage): void => {
    if (kind === "aborted") return;
    const counts = kind === "executed" ? this.#executions : this.#finishes;
    counts.set(id, (counts.get(id) ?? 0) + 1);
  };

  /** A try of it goes to a node. */
  try(id: string, address: string): void {
    this.#entries.get(id)?.tries.push(address);
  }

  /** Every call, in the order in which they were sent. */
  get entries(): readonly Entry[] {
    return [...this.#entries.values()];
  }

  /** The calls that failed. */
  get failures(): readonly Entry[] {
    return this.entries.filter(({ error }) => error !== undefined);
  }

  /** The calls that were begun more than once. */
  get doubles(): readonly Entry[] {
    return this.entries.filter(({ id }) => this.executions(id) > 1);
  }

  /** How often a handler began a call. */
  executions(id: string): number {
    return this.#executions.get(id) ?? 0;
  }

  /** How many tries of the calls that were sent between two times went to a node. */
  triesAt(address: string, from: number = 0, to: number = Number.POSITIVE_INFINITY): number {
    const sent = this.entries.filter(({ sentAt }) => sentAt >= from && sentAt < to);
    return sent.reduce((sum, { tries }) => sum + tries.filter((tried) => tried === address).length, 0);
  }

  /** What became of the calls that were sent between two times. */
  summary(from: number = 0, to: number = Number.POSITIVE_INFINITY): Summary {
    const sent = this.entries.filter(({ sentAt }) => sentAt >= from && sentAt < to);
    const answered = sent.filter(({ endedAt, error }) => endedAt !== undefined && error === undefined);
    const times = answered.map(({ sentAt, endedAt = sentAt }) => endedAt - sentAt).sort((a, b) => a - b);
    const quantile = (q: number): number => times[Math.ceil(q * times.length) - 1] ?? Number.NaN;
    return {
      calls: sent.length,
      failed: sent.length - answered.length,
      twice: sent.filter(({ id }) => this.executions(id) > 1).length,
      finishedTwice: sent.filter(({ id }) => (this.#finishes.get(id) ?? 0) > 1).length,
      unexplained: answered.filter(({ id }) => this.executions(id) === 0).length,
      p50: quantile(0.5),
      p99: quantile(0.99),
      max: times.at(-1) ?? Number.NaN,
      late: times.filter((ms) => ms > 1000).length,
    };
  }

  /** The failures in words, for the message of an assertion: each kind once, with how often it came. */
  get complaints(): string {
    const counts = new Map<string, number>();
    for (const { error } of this.failures) {
      const text = MicroError.is(error) ? `${error.code} ${error.reason ?? ""} ${error.detail}` : String(error);
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    return [...counts].map(([text, count]) => `${count} x ${text}`).join("; ");
  }
}
