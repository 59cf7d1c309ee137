/**
 * Looks at many services, a few at a time: those that somebody uses first, all others behind them and only for half
 * of the time, so that a fleet in which something changes every second does not keep Consul busy with us alone.
 */
export class Sweep {
  readonly #look: (name: string) => Promise<void>;
  readonly #urgent = new Set<string>();
  readonly #tail = new Set<string>();
  readonly #nextTail = new Set<string>();
  #workers = 0;
  #tailBegan = 0;
  #rest: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** `look` never rejects. */
  constructor(look: (name: string) => Promise<void>) {
    this.#look = look;
  }

  /** Looks at a service as soon as it can. */
  urge(name: string): void {
    this.#urgent.add(name);
    this.#work();
  }

  /** Looks at a service behind all that is urgent. */
  trail(names: Iterable<string>): void {
    for (const name of names) this.#nextTail.add(name);
    this.#beginTail();
    this.#work();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#rest);
    for (const names of [this.#urgent, this.#tail, this.#nextTail]) names.clear();
  }

  #beginTail(): void {
    if (this.#tail.size > 0 || this.#rest !== undefined || this.#nextTail.size === 0) return;
    this.#tailBegan = performance.now();
    for (const name of this.#nextTail) this.#tail.add(name);
    this.#nextTail.clear();
  }

  #work(): void {
    while (this.#workers < maxWorkers && this.#urgent.size + this.#tail.size > this.#workers) {
      this.#workers++;
      void this.#run().finally(() => {
        this.#workers--;
      });
    }
  }

  async #run(): Promise<void> {
    for (;;) {
      const name = this.#take();
      if (name === undefined || this.#isClosed) return;
      await this.#look(name);
    }
  }

  #take(): string | undefined {
    for (const names of [this.#urgent, this.#tail]) {
      const [name] = names;
      if (name === undefined) continue;
      names.delete(name);
      if (names === this.#tail && names.size === 0) this.#restAfterTail();
      return name;
    }
    return undefined;
  }

  #restAfterTail(): void {
    const tookMs = performance.now() - this.#tailBegan;
    this.#rest = setTimeout(() => {
      this.#rest = undefined;
      this.#beginTail();
      this.#work();
    }, tookMs).unref();
  }
}

// One less than there are connections for short questions: a heartbeat never waits behind a sweep.
const maxWorkers = 2;
