/** Lets through so many packets a second from each source, and a burst of as many after silence. */
export class SourceLimiter {
  readonly #perSecond: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** Takes one packet of a source at a time in milliseconds; false when it is one too many. */
  take(source: string, now: number): boolean {
    const bucket = this.#buckets.get(source) ?? this.#add(source, now);
    bucket.tokens = Math.min(this.#perSecond, bucket.tokens + ((now - bucket.at) / 1000) * this.#perSecond);
    bucket.at = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }

  #add(source: string, now: number): Bucket {
    // Forgetting the oldest gives that source a new burst, which is better than growing with every forged address.
    if (this.#buckets.size >= maxSources) this.#buckets.delete(this.#buckets.keys().next().value as string);
    const bucket = { tokens: this.#perSecond, at: now };
    this.#buckets.set(source, bucket);
    return bucket;
  }
}

interface Bucket {
  tokens: number;
  at: number;
}

const maxSources = 1024;
