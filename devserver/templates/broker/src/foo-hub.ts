import type { Message } from "@micro/kernel";

/** Who has subscribed to what. Brokers with the same hub reach each other. */
export class FooHub {
  readonly #subscribers = new Map<string, Set<Subscriber>>();

  /** Adds a subscriber; the function that it returns takes it away. */
  add(topic: string, subscriber: Subscriber): () => void {
    const ofTopic = this.#subscribers.get(topic) ?? new Set();
    this.#subscribers.set(topic, ofTopic.add(subscriber));
    return () => {
      ofTopic.delete(subscriber);
      if (ofTopic.size === 0 && this.#subscribers.get(topic) === ofTopic) this.#subscribers.delete(topic);
    };
  }

  /** Those who get the next message: everybody without a queue, and of each queue somebody. */
  receiversOf(topic: string): readonly Subscriber[] {
    const groups = new Map<string | Subscriber, Subscriber[]>();
    for (const subscriber of this.#subscribers.get(topic) ?? []) {
      const group = subscriber.queue ?? subscriber;
      groups.set(group, [...(groups.get(group) ?? []), subscriber]);
    }
    return Array.from(groups.values(), anyOf);
  }
}

/** Somebody who gets messages. */
export interface Subscriber {
  readonly queue: string | undefined;
  /** Never throws. */
  deliver(message: Message): void;
}

function anyOf(members: readonly Subscriber[]): Subscriber {
  return members[Math.floor(Math.random() * members.length)] as Subscriber;
}
