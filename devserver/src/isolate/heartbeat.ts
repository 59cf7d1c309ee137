/** How often a thread says that its event loop turns, in milliseconds. */
export const beatMs = 250;

/** Counts up while the event loop of this thread turns. Returns what ends it. */
export function beat(beats: SharedArrayBuffer): () => void {
  const counter = new Int32Array(beats);
  const timer = setInterval(() => Atomics.add(counter, 0, 1), beatMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** Watches a counter from another thread. */
export class Pulse {
  private readonly counter: Int32Array;
  private last = -1;
  private misses = 0;

  constructor(beats: SharedArrayBuffer) {
    this.counter = new Int32Array(beats);
  }

  /**
   * To be asked once every {@link beatMs}: for how long nothing was heard, in milliseconds. Counts the times it was asked
   * rather than the clock, which goes on while the machine sleeps.
   */
  silentMs(): number {
    const now = Atomics.load(this.counter, 0);
    this.misses = now === this.last ? this.misses + 1 : 0;
    this.last = now;
    return this.misses * beatMs;
  }
}
