import { LRUCache } from "lru-cache";
import type { ServiceEntry } from "./service-entry.ts";

/**
 * The entries by name, bounded. Those with nodes and those without stand apart: names come from callers, and a flood of
 * names that nobody has must not push out the last that is known of services that are there.
 */
export class EntryTable {
  readonly #known: LRUCache<string, ServiceEntry>;
  readonly #strangers: LRUCache<string, ServiceEntry>;

  /** @param onForget told of each entry that goes because there are too many */
  constructor(max: number, onForget: (entry: ServiceEntry) => void) {
    const dispose = (entry: ServiceEntry, _name: string, why: LRUCache.DisposeReason): void => {
      if (why === "evict") onForget(entry);
    };
    this.#known = new LRUCache({ max, dispose });
    this.#strangers = new LRUCache({ max, dispose });
  }

  /** How many services are known, and how many names are known to be nobody's. */
  get size(): { readonly known: number; readonly unknown: number } {
    return { known: this.#known.size, unknown: this.#strangers.size };
  }

  /** The entry of a name, which then counts as just used. */
  get(name: string): ServiceEntry | undefined {
    return this.#known.get(name) ?? this.#strangers.get(name);
  }

  /** The entry of a name, which does not count as use. */
  peek(name: string): ServiceEntry | undefined {
    return this.#known.peek(name) ?? this.#strangers.peek(name);
  }

  /** Puts an entry where it belongs by what it knows now. One that was forgotten in the meantime comes back. */
  place(entry: ServiceEntry): void {
    const { name } = entry;
    const [here, there] = entry.hasNodes ? [this.#known, this.#strangers] : [this.#strangers, this.#known];
    if (here.peek(name) === entry || (this.peek(name) ?? entry) !== entry) return;
    there.delete(name);
    here.set(name, entry);
  }

  clear(): void {
    this.#known.clear();
    this.#strangers.clear();
  }
}
