import type { Advert } from "./advert.ts";

/** Tells everybody of nodes that came, changed and went, more than once, as packets get lost. */
export class Announcer {
  readonly #say: (advert: Advert, ttl: number) => void;
  readonly #repeats = new Map<string, Repeat>();

  /** `say` tells everybody once; a time to live of 0 is a farewell. */
  constructor(say: (advert: Advert, ttl: number) => void) {
    this.#say = say;
  }

  /** Now, and twice more in the next seconds, as go-micro does (RFC 6762 §8.3: the pauses double). */
  announce(advert: Advert): void {
    this.#repeat(advert, advert.ttlSeconds, [1000, 2000]);
  }

  /** Now, and once more soon: no later than a stopping server lives. */
  goodbye(advert: Advert): void {
    this.#repeat(advert, 0, [100]);
  }

  /** Ends all repeating; the farewells that are still to be repeated are said at once. */
  close(): void {
    for (const { timer, advert, ttl } of this.#repeats.values()) {
      clearTimeout(timer);
      if (ttl === 0) this.#say(advert, ttl);
    }
    this.#repeats.clear();
  }

  // What is said of an instance later ends what was to be said of it: a late farewell must not meet a node that is back.
  #repeat(advert: Advert, ttl: number, pausesMs: readonly number[]): void {
    clearTimeout(this.#repeats.get(advert.instance)?.timer);
    this.#repeats.delete(advert.instance);
    this.#say(advert, ttl);
    const [pauseMs, ...later] = pausesMs;
    if (pauseMs === undefined) return;
    const timer = setTimeout(() => this.#repeat(advert, ttl, later), pauseMs).unref();
    this.#repeats.set(advert.instance, { timer, advert, ttl });
  }
}

interface Repeat {
  readonly timer: NodeJS.Timeout;
  readonly advert: Advert;
  readonly ttl: number;
}
