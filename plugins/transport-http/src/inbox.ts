import { bodyLength, type Message, type MicroError } from "@micro/kernel";

/** Messages that came and that nobody took yet, in order, and the one who waits for the next. */
export class Inbox {
  readonly #maxMessages: number;
  readonly #maxBytes: number;
  readonly #messages: Message[] = [];
  #bytes = 0;
  #isEnded = false;
  #error: MicroError | undefined = undefined;
  #waiting: Waiting | undefined = undefined;

  constructor(maxMessages: number, maxBytes: number) {
    this.#maxMessages = maxMessages;
    this.#maxBytes = maxBytes;
  }

  /** Whether no more should be read before some are taken. */
  get isFull(): boolean {
    return this.#messages.length >= this.#maxMessages || this.#bytes >= this.#maxBytes;
  }

  get isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  push(message: Message): void {
    const waiting = this.#waiting;
    if (waiting !== undefined) {
      this.#waiting = undefined;
      waiting.resolve(message);
      return;
    }
    this.#messages.push(message);
    this.#bytes += bodyLength(message.body);
  }

  /** The next message if one is there. */
  shift(): Message | undefined {
    const message = this.#messages.shift();
    if (message !== undefined) this.#bytes -= bodyLength(message.body);
    return message;
  }

  /**
   * The next message, `undefined` after the last one.
   *
   * @throws the error that the messages ended with; TypeError when somebody waits already
   */
  take(): Promise<Message | undefined> {
    if (this.#messages.length > 0) return Promise.resolve(this.shift());
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#isEnded) return Promise.resolve(undefined);
    if (this.#waiting !== undefined) return Promise.reject(new TypeError("receive() is called once at a time"));
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /** No more come. */
  end(): void {
    this.#isEnded = true;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(undefined);
  }

  /** No more come, and what came is not all. Messages that wait are dropped. */
  fail(error: MicroError): void {
    if (this.#isEnded || this.#error !== undefined) return;
    this.#error = error;
    this.#messages.length = 0;
    this.#bytes = 0;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(error);
  }
}

interface Waiting {
  resolve(message: Message | undefined): void;
  reject(error: MicroError): void;
}
