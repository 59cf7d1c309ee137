import { isAsyncIterable } from "../server/served-method.ts";
import { type ClientStream, iterate } from "./stream.ts";

/** A stream that is opened in the background, so that it can be iterated over at once. */
export class StreamHandle<Output> implements ClientStream<unknown, Output> {
  private readonly opened: Promise<ClientStream>;
  private readonly onEnd: () => void;
  private sending: Promise<void>;
  private closed = false;

  /** `onEnd` is called when the stream ended, broke off or was closed; more than once, maybe. */
  constructor(open: () => Promise<ClientStream>, input: unknown, onEnd: () => void) {
    this.onEnd = onEnd;
    this.opened = open();
    this.sending = input === undefined ? Promise.resolve() : this.feed(input);
    // What goes wrong is thrown where somebody waits for it; without this it would end the process.
    this.opened.catch(() => {});
    this.sending.catch(() => {});
  }

  async send(item: unknown): Promise<void> {
    await this.sending;
    await (await this.opened).send(item);
  }

  end(): void {
    this.sending = this.sending.then(async () => (await this.opened).end());
    this.sending.catch(() => {});
  }

  async receive(): Promise<Output | undefined> {
    try {
      const item = await (await this.opened).receive();
      if (item === undefined) this.onEnd();
      return item as Output | undefined;
    } catch (error) {
      this.onEnd();
      throw error;
    }
  }

  close(): void {
    this.closed = true;
    this.onEnd();
    this.opened.then(
      (stream) => stream.close(),
      () => {},
    );
  }

  [Symbol.asyncIterator](): AsyncGenerator<Output, void, undefined> {
    return iterate<Output>(this);
  }

  private async feed(input: unknown): Promise<void> {
    const stream = await this.opened;
    if (!isAsyncIterable(input)) {
      await stream.send(input);
      return;
    }
    try {
      for await (const item of input) {
        if (this.closed) return;
        await stream.send(item);
      }
      stream.end();
    } catch (error) {
      // The source failed: the other side must not take what came so far for all there is.
      stream.close();
      throw error;
    }
  }
}
