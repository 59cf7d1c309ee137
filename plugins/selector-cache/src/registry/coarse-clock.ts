import type { Clock } from "./options.ts";

const tickMs = 10;

/**
 * The monotonic time, at most a tick old. Reading the system's clock costs more than the whole pick of a node, so it is
 * read once a tick; the timer for that keeps no process alive and goes with the first tick in which nobody asked.
 */
export class CoarseClock implements Clock {
  #now = 0;
  #isAsked = false;
  #timer: NodeJS.Timeout | undefined;

  now(): number {
    if (this.#timer === undefined) this.#start();
    this.#isAsked = true;
    return this.#now;
  }

  /** Ends the timer. The clock goes on when it is asked again. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #start(): void {
    this.#now = performance.now();
    this.#timer = setInterval(() => this.#tick(), tickMs);
    this.#timer.unref();
  }

  #tick(): void {
    this.#now = performance.now();
    if (!this.#isAsked) this.stop();
    this.#isAsked = false;
  }
}
