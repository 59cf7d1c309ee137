import type { LogFields, Logger } from "@micro/kernel";

/** Warns at most once in a while of each kind of trouble, and says how often it held its tongue. */
export class ThrottledLog {
  readonly #log: Pick<Logger, "warn" | "info"> | undefined;
  readonly #kinds = new Map<string, { quietUntil: number; suppressed: number }>();

  constructor(log: Pick<Logger, "warn" | "info"> | undefined) {
    this.#log = log;
  }

  /** @param kind a fixed name, of which there are few */
  warn(kind: string, message: string, fields: LogFields = {}): void {
    if (this.#log === undefined) return;
    const now = performance.now();
    const known = this.#kinds.get(kind);
    if (known !== undefined && now < known.quietUntil) {
      known.suppressed++;
      return;
    }
    const suppressed = known?.suppressed ?? 0;
    this.#kinds.set(kind, { quietUntil: now + quietMs, suppressed: 0 });
    this.#log.warn(message, suppressed === 0 ? fields : { ...fields, suppressed });
  }

  /** Tells of a change for the better, each time. */
  info(message: string): void {
    this.#log?.info(message);
  }
}

const quietMs = 60_000;
