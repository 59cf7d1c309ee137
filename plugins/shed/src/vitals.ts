import { getHeapStatistics } from "node:v8";

/** How the process was in one window of time. */
export interface Reading {
  /** The longest delay of the event loop, in milliseconds; of the dozen samples of a window it is also the 99th percentile. */
  readonly loopDelayMs: number;
  /** Which share of the heap's limit is in use. */
  readonly heap: number;
}

/** Reads how the process is. */
export interface Probe {
  /** Begins the first window. */
  start(): void;
  /** Ends a window and begins the next one. */
  read(): Reading;
  stop(): void;
}

/** From where on the process takes no more calls; 0 for never. */
export interface VitalLimits {
  readonly maxLoopDelayMs: number;
  readonly maxHeap: number;
}

const windowMs = 250;

/**
 * Knows whether the process has time and memory left. It looks four times a second, and only while somebody asks; its
 * timer keeps no process alive and goes with the first window in which nobody did.
 *
 * One bad window is a hiccup, of which nobody is spared by refusing calls once it is over. Two in a row are a load.
 */
export class Vitals {
  readonly #limits: VitalLimits;
  readonly #probe: Probe;
  #timer: NodeJS.Timeout | undefined;
  #isAsked = false;
  #isClosed = false;
  #suspicion: string | undefined;
  #pressure: string | undefined;

  constructor(limits: VitalLimits, probe: Probe = new ProcessProbe()) {
    this.#limits = limits;
    this.#probe = probe;
    this.#isClosed = limits.maxLoopDelayMs === 0 && limits.maxHeap === 0;
  }

  /** Why no more calls should be taken, in words for people; `undefined` while they should. */
  pressure(): string | undefined {
    this.#isAsked = true;
    if (this.#timer === undefined && !this.#isClosed) this.#start();
    return this.#pressure;
  }

  /** Ends the timer for good. Idempotent. */
  close(): void {
    this.#stop();
    this.#isClosed = true;
  }

  #start(): void {
    this.#probe.start();
    this.#timer = setInterval(() => this.#look(), windowMs);
    this.#timer.unref();
  }

  #look(): void {
    if (!this.#isAsked) {
      this.#stop();
      return;
    }
    this.#isAsked = false;
    const why = this.#judge(this.#probe.read());
    this.#pressure = this.#suspicion === undefined ? undefined : why;
    this.#suspicion = why;
  }

  #stop(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#probe.stop();
    this.#suspicion = this.#pressure = undefined;
  }

  #judge({ loopDelayMs, heap }: Reading): string | undefined {
    const { maxLoopDelayMs, maxHeap } = this.#limits;
    if (maxHeap > 0 && heap > maxHeap) return "the heap is nearly full";
    return maxLoopDelayMs > 0 && loopDelayMs > maxLoopDelayMs ? "the event loop is late" : undefined;
  }
}

const sampleMs = 20;

/**
 * Reads this process. The delay is that of a timer of its own: the histogram of `perf_hooks` forgets when it last looked
 * with every reset, and so a block that begins with a window.
 */
class ProcessProbe implements Probe {
  #timer: NodeJS.Timeout | undefined;
  #lookedAt = 0;
  #longestMs = 0;

  start(): void {
    this.#lookedAt = performance.now();
    this.#longestMs = 0;
    this.#timer = setInterval(() => this.#look(), sampleMs);
    this.#timer.unref();
  }

  read(): Reading {
    const loopDelayMs = this.#longestMs;
    this.#longestMs = 0;
    const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
    return { loopDelayMs, heap: used / limit };
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    this.#longestMs = Math.max(this.#longestMs, now - this.#lookedAt - sampleMs);
    this.#lookedAt = now;
  }
}
