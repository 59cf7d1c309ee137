import type { Message } from "@micro/kernel";

/** How many messages wait for their reader before the peer is held back. */
const maxWaiting = 16;

/** Messages that came and that nobody has read yet. */
export class Inbox {
  readonly #messages: Message[] = [];
  readonly #hold: (reads: boolean) => void;
  #reader: { resolve(message: Message | undefined): void; reject(error: unknown): void } | undefined;
  #end: { readonly error: Error | undefined } | undefined;

  /** @param hold is told when there are too many, and when there is room again */
  constructor(hold: (reads: boolean) => void) {
    this.#hold = hold;
  }

  push(message: Message): void {
    if (this.#end !== undefined) return;
    this.#messages.push(message);
    if (this.#messages.length >= maxWaiting) this.#hold(false);
    this.#serve();
  }

  /** Nothing follows; with an error the reader gets it after the last message. Later calls do nothing. */
  end(error?: Error): void {
    this.#end ??= { error };
    this.#serve();
  }

  /** Throws away what nobody read, and ends with the error instead. */
  discard(error: Error): void {
    this.#messages.length = 0;
    this.#end = { error };
    this.#serve();
  }

  /** The next message; `undefined` after the last one. One call at a time. */
  next(): Promise<Message | undefined> {
    if (this.#reader !== undefined)
      return Promise.reject(new TypeError("receive() was called while another one waits"));
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
      this.#serve();
    });
  }

  #serve(): void {
    const reader = this.#reader;
    if (reader === undefined || (this.#messages.length === 0 && this.#end === undefined)) return;
    this.#reader = undefined;
    const message = this.#messages.shift();
    if (message !== undefined && this.#messages.length < maxWaiting) this.#hold(true);
    if (message === undefined && this.#end?.error !== undefined) reader.reject(this.#end.error);
    else reader.resolve(message);
  }
}
