import type { Deadline, Message } from "@micro/kernel";
import { messageTooLarge } from "./errors.ts";
import type { Generation, HttpBrokerLimits } from "./options.ts";
import { writeMessage } from "./write-message.ts";

/** A message packed for its subscribers, each kind of them once. */
export class Parcel {
  readonly topic: string;
  /** When all must have it. */
  readonly deadline: Deadline;
  readonly #message: Message;
  readonly #usual: Buffer;
  #later: Buffer | undefined;

  /** @throws MicroError 400 when a header cannot travel, 413 when nobody would take it */
  constructor(topic: string, message: Message, { maxBytes, sendTimeoutMs }: HttpBrokerLimits) {
    this.topic = topic;
    this.deadline = performance.now() + sendTimeoutMs;
    this.#message = message;
    this.#usual = writeMessage(topic, message, "2016");
    if (this.byteLength > maxBytes) throw messageTooLarge(this.byteLength, maxBytes);
  }

  /** What it takes on the wire. */
  get byteLength(): number {
    return this.#usual.byteLength;
  }

  /** What is posted. The later generation wants the topic once more, which those before would take for metadata. */
  bodyFor(generation: Generation): Buffer {
    if (generation === "2016") return this.#usual;
    this.#later ??= writeMessage(this.topic, this.#message, generation);
    return this.#later;
  }
}
