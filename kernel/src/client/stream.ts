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
