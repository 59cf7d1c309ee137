import { type Advert, recordsOf } from "./advert.ts";
import type { DnsRecord } from "./dns-record.ts";

/** Tells everybody of nodes that came, changed and went, more than once, as packets get lost. */
export class Announcer {
  readonly #say: (records: readonly DnsRecord[]) => void;
  readonly #repeats = new Map<string, Repeat>();

  constructor(say: (records: readonly DnsRecord[]) => void) {
    this.#say = say;
  }

  /** Now, and twice more in the next seconds, as go-micro does (RFC 6762 §8.3: the pauses double). */
  announce(advert: Advert): void {
    this.#repeat(advert.instance, recordsOf(advert), [1000, 2000]);
  }

  /** Now, and once more soon: no later than a stopping server lives. */
  goodbye(advert: Advert): void {
    this.#repeat(advert.instance, recordsOf(advert, 0), [100]);
  }

  /** Ends all repeating; the farewells that are still to be repeated are said at once. */
  close(): void {
    for (const { timer, records } of this.#repeats.values()) {
      clearTimeout(timer);
      if (records[0] !== undefined && "ttl" in records[0] && records[0].ttl === 0) this.#say(records);
    }
    this.#repeats.clear();
  }

  // What is said of an instance later ends what was to be said of it: a late farewell must not meet a node that is back.
  #repeat(instance: string, records: readonly DnsRecord[], pausesMs: readonly number[]): void {
    clearTimeout(this.#repeats.get(instance)?.timer);
    this.#repeats.delete(instance);
    this.#say(records);
    const [pauseMs, ...later] = pausesMs;
    if (pauseMs === undefined) return;
    const timer = setTimeout(() => this.#repeat(instance, records, later), pauseMs).unref();
    this.#repeats.set(instance, { timer, records });
  }
}

interface Repeat {
  readonly timer: NodeJS.Timeout;
  readonly records: readonly DnsRecord[];
}
