import { type Message, MicroError } from "@micro/wire";
import type { Broker, BrokerHandler, Subscription } from "../contracts/broker.ts";
import { copyMessage } from "./copy-message.ts";
import { createMemoryNetwork, type MemoryNetwork } from "./memory-network.ts";

/** What a {@link MemoryBroker} can be told. */
export interface MemoryBrokerOptions {
  /** Who is reached. A network of its own when absent. */
  readonly network?: MemoryNetwork;
  /** Told of every message that was lost, because its handler failed or was too far behind. Nobody when absent. */
  readonly onLost?: (error: unknown, topic: string) => void;
}

/** How many messages one subscription handles at once. What comes while it is at this many is lost, and counted. */
export const maxHandling = 1024;

/**
 * A broker in memory: what all at-most-once brokers must do, with nothing between. Each subscriber gets a copy in a
 * later turn of the event loop, so that no handler runs inside `publish`.
 */
export class MemoryBroker implements Broker {
  readonly name = "memory";
  readonly delivery = "at-most-once";
  readonly #network: MemoryNetwork;
  readonly #onLost: (error: unknown, topic: string) => void;
  readonly #subscriptions = new Set<Subscription>();
  #lost = 0;
  #closed = false;

  constructor({ network = createMemoryNetwork(), onLost = () => {} }: MemoryBrokerOptions = {}) {
    this.#network = network;
    this.#onLost = onLost;
  }

  /** How many messages its subscribers lost, because a handler failed or was too far behind. */
  get lost(): number {
    return this.#lost;
  }

  async publish(topic: string, message: Message): Promise<void> {
    this.#assertOpen();
    const subscribers = this.#network.subscribers.get(topic);
    for (const subscriber of oneOfEachGroup(subscribers ?? [])) {
      const copy = copyMessage(message);
      setImmediate(() => void subscriber.deliver(copy));
    }
  }

  async subscribe(topic: string, handler: BrokerHandler, options: { readonly queue?: string }): Promise<Subscription> {
    this.#assertOpen();
    const subscriber = new Subscriber(topic, options.queue, handler, (error) => {
      this.#lost++;
      this.#onLost(error, topic);
    });
    const { subscribers } = this.#network;
    const ofTopic = subscribers.get(topic) ?? new Set();
    subscribers.set(topic, ofTopic.add(subscriber));
    const subscription: Subscription = {
      topic,
      close: async () => {
        subscriber.closed = true;
        ofTopic.delete(subscriber);
        if (ofTopic.size === 0 && subscribers.get(topic) === ofTopic) subscribers.delete(topic);
        this.#subscriptions.delete(subscription);
      },
    };
    this.#subscriptions.add(subscription);
    return subscription;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(Array.from(this.#subscriptions, (subscription) => subscription.close()));
  }

  #assertOpen(): void {
    if (this.#closed)
      throw new MicroError("go.micro.broker", 503, "the memory broker is closed", { reason: "broker_closed" });
  }
}

/** One handler of one topic. */
export class Subscriber {
  readonly queue: string | undefined;
  closed = false;
  readonly #topic: string;
  readonly #handler: BrokerHandler;
  readonly #onLost: (error: unknown) => void;
  #handling = 0;

  constructor(topic: string, queue: string | undefined, handler: BrokerHandler, onLost: (error: unknown) => void) {
    this.#topic = topic;
    this.queue = queue;
    this.#handler = handler;
    this.#onLost = onLost;
  }

  /** Has the message handled. Never rejects. */
  async deliver(message: Message): Promise<void> {
    if (this.closed) return;
    if (this.#handling >= maxHandling) {
      this.#onLost(new Error(`the subscriber of "${this.#topic}" is ${maxHandling} messages behind`));
      return;
    }
    this.#handling++;
    try {
      await this.#handler(message, this.#topic);
    } catch (error) {
      this.#onLost(error);
    } finally {
      this.#handling--;
    }
  }
}

/** Everybody without a queue, and of each queue somebody. */
function oneOfEachGroup(subscribers: Iterable<Subscriber>): readonly Subscriber[] {
  const groups = new Map<string | Subscriber, Subscriber[]>();
  for (const subscriber of subscribers) {
    const group = subscriber.queue ?? subscriber;
    groups.set(group, [...(groups.get(group) ?? []), subscriber]);
  }
  return Array.from(groups.values(), (members) => members[Math.floor(Math.random() * members.length)] as Subscriber);
}
