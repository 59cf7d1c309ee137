import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";

/** How the process was in one window of time. */
export interface Reading {
  /** The 99th percentile of the delay of the event loop, in milliseconds. */
  readonly loopDelayMs: number;
  /** Which share of the heap's limit is in use. */
  readonly heap: number;
}

/** Reads how the process is. */
export interface Probe {
  /** Begins a window. */
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
    if (!this.#isAsked) return this.#stop();
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

const resolutionMs = 20;

/** Reads this process. */
class ProcessProbe implements Probe {
  #histogram: IntervalHistogram | undefined;

  start(): void {
    this.#histogram ??= monitorEventLoopDelay({ resolution: resolutionMs });
    this.#histogram.reset();
    this.#histogram.enable();
  }

  read(): Reading {
    const percentile = this.#histogram?.percentile(99) ?? 0;
    this.#histogram?.reset();
    const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
    // It records the time between two looks, of which so much is meant.
    return { loopDelayMs: Math.max(0, percentile / 1e6 - resolutionMs), heap: used / limit };
  }

  stop(): void {
    this.#histogram?.disable();
  }
}
