import type { Message, MicroError } from "@micro/wire";
import { copyMessage } from "./copy-message.ts";

/** How many messages wait on one side of an exchange before whoever sends more waits too. */
const maxWaiting = 16;

/**
 * One direction of an exchange. Every message crosses a turn of the event loop, as on a network: code that only
 * works because a message arrives at once fails here too, and two ends that keep each other busy starve no timer.
 */
export class MessageQueue {
  readonly #messages: Message[] = [];
  readonly #writers: Waiting<void>[] = [];
  #reader: Waiting<Message | undefined> | undefined;
  #end: End | undefined;
  #turn: NodeJS.Immediate | undefined;

  /** Adds a message; resolves when there is room for the next one, rejects when nobody will read it. */
  push(message: Message): Promise<void> {
    if (this.#end !== undefined)
      return Promise.reject(this.#end.error ?? new TypeError("send() was called after the end"));
    this.#messages.push(copyMessage(message));
    this.#schedule();
    if (this.#messages.length < maxWaiting) return Promise.resolve();
    return new Promise((resolve, reject) => this.#writers.push({ resolve, reject }));
  }

  /** The next message; after the last one `undefined`, or a rejection with what {@link end} was given. */
  next(): Promise<Message | undefined> {
    if (this.#reader !== undefined)
      return Promise.reject(new TypeError("receive() was called while another one waits"));
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
      this.#schedule();
    });
  }

  /** Says that nothing follows what was pushed, because of an error where one is given. Later calls do nothing. */
  end(error?: MicroError): void {
    this.#end ??= { error };
    this.#schedule();
  }

  /** Throws away what nobody read yet, and ends with the error instead. */
  discard(error: MicroError): void {
    this.#messages.length = 0;
    this.#end = { error };
    this.#schedule();
  }

  #schedule(): void {
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      this.#serveReader();
      this.#serveWriters();
    });
  }

  #serveReader(): void {
    const reader = this.#reader;
    if (reader === undefined || (this.#messages.length === 0 && this.#end === undefined)) return;
    this.#reader = undefined;
    const message = this.#messages.shift();
    if (message === undefined && this.#end?.error !== undefined) reader.reject(this.#end.error);
    else reader.resolve(message);
  }

  #serveWriters(): void {
    if (this.#messages.length >= maxWaiting) return;
    for (const { resolve, reject } of this.#writers.splice(0)) {
      if (this.#end?.error === undefined) resolve();
      else reject(this.#end.error);
    }
  }
}

interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

interface End {
  readonly error: MicroError | undefined;
}
