import type { ServiceRecord } from "@micro/kernel";

/**
 * Nodes that Consul does not name any more after it came back without what it knew. They most likely live and register
 * again, so they are handed out a while longer. A node that it has named since then and that is missing later has left.
 */
export class HeldNodes {
  readonly #holdMs: number;
  readonly #onEnd: (names: Iterable<string>) => void;
  /** For each service what was known of it; the ids are filled in with the first answer. */
  readonly #services = new Map<string, Set<string> | undefined>();
  #timer: NodeJS.Timeout | undefined;

  /** `onEnd` gets the services whose nodes were held, to be looked at and believed. */
  constructor(holdMs: number, onEnd: (names: Iterable<string>) => void) {
    this.#holdMs = holdMs;
    this.#onEnd = onEnd;
  }

  /** Whether it holds some now. */
  get isHolding(): boolean {
    return this.#timer !== undefined;
  }

  /** Holds the nodes of these services from now on, also those that it holds already. */
  begin(names: Iterable<string>): void {
    clearTimeout(this.#timer);
    for (const name of names) this.#services.set(name, undefined);
    this.#timer = setTimeout(() => this.#end(), this.#holdMs).unref();
  }

  /** What to believe of a service: what was found, and what is held of what was known. */
  apply(
    name: string,
    known: ReadonlyMap<string, ServiceRecord>,
    found: ReadonlyMap<string, ServiceRecord>,
  ): ReadonlyMap<string, ServiceRecord> {
    if (this.#holdMs === 0 || !this.#services.has(name)) return found;
    const ids = this.#services.get(name) ?? new Set(known.keys());
    this.#services.set(name, ids);
    for (const id of found.keys()) ids.delete(id);
    if (ids.size === 0) return found;
    const both = new Map(found);
    for (const id of ids) {
      const record = known.get(id);
      if (record !== undefined) both.set(id, record);
    }
    return both;
  }

  /** A node is known to have left. */
  release(name: string, id: string): void {
    this.#services.get(name)?.delete(id);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#services.clear();
  }

  #end(): void {
    const names = [...this.#services].filter(([, ids]) => ids === undefined || ids.size > 0).map(([name]) => name);
    this.#timer = undefined;
    this.#services.clear();
    this.#onEnd(names);
  }
}
