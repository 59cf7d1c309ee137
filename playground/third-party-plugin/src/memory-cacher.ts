import type { Cacher } from "./cacher.ts";

/** The most texts that are kept; the one that was set first goes. */
const maxTexts = 1000;

/** A cacher in memory. */
export class MemoryCacher implements Cacher {
  readonly name = "memory";
  readonly #kept = new Map<string, { readonly text: string; readonly until: number }>();

  async get(key: string): Promise<string | undefined> {
    const found = this.#kept.get(key);
    return found !== undefined && performance.now() < found.until ? found.text : undefined;
  }

  async set(key: string, text: string, ttlMs: number): Promise<void> {
    this.#kept.delete(key);
    this.#kept.set(key, { text, until: performance.now() + ttlMs });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > maxTexts && oldest !== undefined) this.#kept.delete(oldest);
  }

  async close(): Promise<void> {
    this.#kept.clear();
  }
}
