import type { ClientStream } from "@micro/kernel";
import type { WatchedCall } from "./watched-call.ts";

/** The caller's end of a stream, with its items counted. */
export class WatchedStream implements ClientStream {
  private readonly stream: ClientStream;
  private readonly call: WatchedCall;

  constructor(stream: ClientStream, call: WatchedCall) {
    this.stream = stream;
    this.call = call;
  }

  send(item: unknown): Promise<void> {
    this.call.sent(item);
    return this.stream.send(item);
  }

  end(): void {
    this.stream.end();
  }

  async receive(): Promise<unknown> {
    try {
      const item = await this.stream.receive();
      if (item === undefined) this.call.closed();
      else this.call.received(item);
      return item;
    } catch (error) {
      this.call.failed(error);
      throw error;
    }
  }

  close(): void {
    this.call.closed();
    this.stream.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown, void, undefined> {
    try {
      for (;;) {
        const item = await this.receive();
        if (item === undefined) return;
        yield item;
      }
    } finally {
      this.close();
    }
  }
}
