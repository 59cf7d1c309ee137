import type { LogFields, Logger } from "@micro/kernel";

/** Warns at most once in ten seconds of each kind of trouble, and says how often it held its tongue. */
export class ThrottledLog {
  readonly #log: Pick<Logger, "warn"> | undefined;
  readonly #kinds = new Map<string, { quietUntil: number; suppressed: number }>();

  constructor(log: Pick<Logger, "warn"> | undefined) {
    this.#log = log;
  }

  /** @param message a fixed sentence, which is the kind as well */
  warn(message: string, fields: LogFields): void {
    if (this.#log === undefined) return;
    const now = performance.now();
    const kind = this.#kinds.get(message);
    if (kind !== undefined && now < kind.quietUntil) {
      kind.suppressed++;
      return;
    }
    const suppressed = kind?.suppressed ?? 0;
    this.#kinds.set(message, { quietUntil: now + quietMs, suppressed: 0 });
    this.#log.warn(message, suppressed === 0 ? fields : { ...fields, suppressed });
  }
}

const quietMs = 10_000;
