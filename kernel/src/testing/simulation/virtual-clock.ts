import { type TimerHost, VirtualImmediate, VirtualTimer } from "./virtual-timer.ts";

// The real ones, whatever stands in their place later.
const { setImmediate: setRealImmediate } = globalThis;
const realNow = performance.now.bind(performance);

/**
 * Time that passes only when somebody says so. Before it moves on, everything that can happen at the moment has
 * happened: promises, ticks and immediates.
 */
export class VirtualClock implements TimerHost {
  #now = 0;
  #order = 0;
  /** By time, the next one last. */
  readonly #timers: VirtualTimer[] = [];
  #immediates: VirtualImmediate[] = [];
  #driving: Promise<void> | undefined;
  #isInterrupted = false;

  /** Milliseconds since the begin. */
  get now(): number {
    return this.#now;
  }

  /** The timer that fires last. */
  get latest(): VirtualTimer | undefined {
    return this.#timers[0];
  }

  createTimer(callback: () => void, delayMs: number, repeats: boolean): VirtualTimer {
    return new VirtualTimer(this, callback, delayMs, repeats);
  }

  createImmediate(callback: () => void): VirtualImmediate {
    const immediate = new VirtualImmediate(callback);
    this.#immediates.push(immediate);
    return immediate;
  }

  schedule(timer: VirtualTimer): void {
    timer.order = this.#order++;
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore(timer, this.#timers[middle] as VirtualTimer)) low = middle + 1;
      else high = middle;
    }
    this.#timers.splice(low, 0, timer);
  }

  forget(timer: VirtualTimer): void {
    const at = this.#timers.indexOf(timer);
    if (at >= 0) this.#timers.splice(at, 1);
  }

  /** Lets time pass. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.#drive(() => this.#step(() => this.#nextAt() > end));
    this.#now = end;
  }

  /** Lets time pass until something is true; false when it was not within so many milliseconds. */
  async advanceUntil(isTrue: () => boolean, limitMs: number): Promise<boolean> {
    const end = this.#now + limitMs;
    await this.#drive(() => this.#step(() => isTrue() || this.#nextAt() > end));
    return isTrue();
  }

  /** Waits without letting time pass until something is true, at most so many real milliseconds. */
  async rest(isTrue: () => boolean, limitMs: number): Promise<void> {
    const end = realNow() + limitMs;
    await this.#drive(async () => {
      do await this.#settle();
      while (!(isTrue() || this.#isInterrupted || realNow() > end));
    });
  }

  /** Drops all timers and immediates but one. */
  clear(kept: VirtualTimer): void {
    for (const timer of [...this.#timers]) if (timer !== kept) timer.close();
    this.#immediates = [];
  }

  /** Ends what lets time pass now, which then fails. */
  async interrupt(): Promise<void> {
    this.#isInterrupted = true;
    await this.#driving?.catch(() => {});
    this.#isInterrupted = false;
  }

  async #drive(work: () => Promise<void>): Promise<void> {
    if (this.#driving !== undefined) {
      throw new Error("the simulation runs already: await run() or until() before the next one");
    }
    this.#driving = work();
    try {
      await this.#driving;
    } finally {
      this.#driving = undefined;
    }
  }

  async #step(isOver: () => boolean): Promise<void> {
    for (;;) {
      await this.#settle();
      if (this.#isInterrupted) throw new Error("the simulation was closed meanwhile");
      if (isOver()) return;
      const timer = this.#timers.pop() as VirtualTimer;
      this.#now = Math.max(this.#now, timer.at);
      timer.fire();
    }
  }

  // A turn of the real event loop is what lets promises and ticks run to their end, and a signal or a time limit
  // of the test come through.
  async #settle(): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setRealImmediate(resolve));
      const immediate = this.#immediates.shift();
      if (immediate === undefined || this.#isInterrupted) return;
      immediate.fire();
    }
  }

  #nextAt(): number {
    return this.#timers.at(-1)?.at ?? Number.POSITIVE_INFINITY;
  }
}

function isBefore(one: VirtualTimer, other: VirtualTimer): boolean {
  return one.at === other.at ? one.order < other.order : one.at < other.at;
}
