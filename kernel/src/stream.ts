/** An open stream, the caller's end. Iterate over it, or call {@link ClientStream.receive}; never both at once. */
export interface ClientStream<Input = unknown, Output = unknown> extends AsyncIterable<Output> {
  /** Sends an item; resolves when there is room for the next one. */
  send(item: Input): Promise<void>;
  /** Says that no more items follow; answers still come. Idempotent. */
  end(): void;
  /**
   * The next item, `undefined` after the last one.
   *
   * @throws MicroError what the handler threw, or `connection_lost` when the stream broke off
   */
  receive(): Promise<Output | undefined>;
  /** Ends both directions; the handler's signal aborts. Idempotent. Leaving a `for await` does it too. */
  close(): void;
}

/** Iterates over what `receive` gives, and closes when the loop is left. */
export async function* iterate<Output>(stream: {
  receive(): Promise<Output | undefined>;
  close(): void;
}): AsyncGenerator<Output, void, undefined> {
  try {
    for (;;) {
      const item = await stream.receive();
      if (item === undefined) return;
      yield item;
    }
  } finally {
    stream.close();
  }
}

/**
 * A queue with room for a few items: whoever writes waits when it is full, so that a
 * slow reader slows the writer down instead of filling the memory.
 */
export class Pipe<Item> {
  private readonly capacity: number;
  private readonly items: Item[] = [];
  private ended = false;
  private error: unknown = undefined;
  private reader: { resolve(item: Item | undefined): void; reject(error: unknown): void } | undefined;
  private writers: (() => void)[] = [];

  constructor(capacity = 16) {
    this.capacity = capacity;
  }

  /** Adds an item; resolves when there is room for the next. After the end it is dropped. */
  send(item: Item): Promise<void> {
    if (this.ended) return Promise.resolve();
    if (this.reader !== undefined) {
      this.takeReader().resolve(item);
      return Promise.resolve();
    }
    this.items.push(item);
    if (this.items.length < this.capacity) return Promise.resolve();
    return new Promise((resolve) => {
      this.writers.push(resolve);
    });
  }

  /** The next item; `undefined` at the end. One call at a time. */
  receive(): Promise<Item | undefined> {
    if (this.items.length > 0) {
      const item = this.items.shift();
      this.releaseWriters();
      return Promise.resolve(item);
    }
    if (this.error !== undefined) return Promise.reject(this.error);
    if (this.ended) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.reader = { resolve, reject };
    });
  }

  /** No more items come; those there are can still be read. With an error the reader gets it after them. */
  end(error?: unknown): void {
    if (this.ended) return;
    this.ended = true;
    this.error = error;
    this.releaseWriters();
    if (this.reader === undefined) return;
    if (error === undefined) this.takeReader().resolve(undefined);
    else this.takeReader().reject(error);
  }

  private takeReader(): { resolve(item: Item | undefined): void; reject(error: unknown): void } {
    const reader = this.reader as NonNullable<typeof this.reader>;
    this.reader = undefined;
    return reader;
  }

  private releaseWriters(): void {
    const { writers } = this;
    if (writers.length === 0) return;
    this.writers = [];
    for (const release of writers) release();
  }
}
