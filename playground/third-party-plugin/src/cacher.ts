/** Keeps texts for a while. */
export interface Cacher {
  readonly name: string;
  /** What is kept under the key; `undefined` when nothing is, or no longer. */
  get(key: string): Promise<string | undefined>;
  /** Keeps a text for so many milliseconds, in the place of what was there. */
  set(key: string, text: string, ttlMs: number): Promise<void>;
  /** Frees everything. Idempotent. */
  close(): Promise<void>;
}

// From here on `get("cacher")`, `provide("cacher", …)` and `use: { cacher: … }` have types, for whoever imports us.
declare module "@micro/kernel" {
  interface Capabilities {
    cacher: Cacher;
  }
}
