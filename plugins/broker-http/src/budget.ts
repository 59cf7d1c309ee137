/** How much of something may be taken at a time. */
export class Budget {
  readonly #maxItems: number;
  readonly #maxBytes: number;
  #items = 0;
  #bytes = 0;

  constructor(maxItems: number, maxBytes: number) {
    this.#maxItems = maxItems;
    this.#maxBytes = maxBytes;
  }

  /** Takes an item of so many bytes, unless that is too much. The first one is never too much. */
  take(bytes: number): boolean {
    if (this.#items > 0 && (this.#items >= this.#maxItems || this.#bytes + bytes > this.#maxBytes)) return false;
    this.#items++;
    this.#bytes += bytes;
    return true;
  }

  /** Gives an item back. */
  give(bytes: number): void {
    this.#items--;
    this.#bytes -= bytes;
  }
}
