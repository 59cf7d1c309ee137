import type { Message } from "@micro/wire";

/** Moves messages from publishers to subscribers by topic. */
export interface Broker {
  /** The name that a node says in its `broker` metadata, `http`. */
  readonly name: string;
  /** What it promises: `at-most-once` never repeats and may lose, `at-least-once` may repeat and does not lose. */
  readonly delivery: "at-most-once" | "at-least-once";
  /**
   * Sends a message to the subscribers of a topic: to each one without a queue, and to one of each queue.
   * Resolves when it was handed over, which is not when it was handled.
   */
  publish(topic: string, message: Message): Promise<void>;
  /**
   * Calls the handler for every message of the topic from the time this resolves.
   *
   * @param options.queue the queue group: each message goes to one of its members. Without one it goes to all.
   */
  subscribe(topic: string, handler: BrokerHandler, options: { readonly queue?: string }): Promise<Subscription>;
  /** Ends every subscription and frees everything. Idempotent. */
  close(): Promise<void>;
}

/** Handles one message. What it throws is counted and logged by the broker; whether it comes again is the broker's to say. */
export type BrokerHandler = (message: Message, topic: string) => void | Promise<void>;

/** A running subscription. */
export interface Subscription {
  readonly topic: string;
  /** Ends it; no message is delivered after this resolves. Idempotent. */
  close(): Promise<void>;
}
