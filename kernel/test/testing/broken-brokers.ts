import { bodyBytes, type Message } from "@micro/wire";
import type { Broker, BrokerHandler, Subscription } from "../../src/contracts/broker.ts";
import { createMemoryNetwork, MemoryBroker } from "../../src/memory/index.ts";
import type { BrokerPair } from "../../src/testing/index.ts";
import type { Breakage } from "../support/collect.ts";
import { override } from "../support/override.ts";

let timer: NodeJS.Timeout | undefined;

/** Brokers that break the contract, each in one way. */
export const brokenBrokers: readonly Breakage<() => BrokerPair>[] = [
  {
    does: "promises nothing",
    make: pairOf((broker) => override(broker, { delivery: "maybe" as "at-most-once" })),
    seenBy: ["it says its name and what it promises"],
  },
  {
    does: "loses every message",
    make: pairOf((broker) => override(broker, { publish: async () => {} })),
    seenBy: ["a message reaches a subscriber, with its topic", "each queue group gets each message"],
  },
  {
    does: "gives a message to one subscriber",
    make: pairOf(subscribing((broker, topic, handler) => broker.subscribe(topic, handler, { queue: "all" }))),
    seenBy: ["every subscriber without a queue gets every message, wherever it is"],
  },
  {
    does: "takes the beginning of a topic for the topic",
    make: pairOf((broker) =>
      override(broker, {
        async publish(topic, message) {
          await broker.publish(topic, message);
          if (topic.endsWith(".more")) await broker.publish(topic.replace(".more", ""), message);
        },
      }),
    ),
    seenBy: ["a subscriber gets no message of another topic"],
  },
  {
    does: "fails when nobody subscribed",
    make: pairOf((broker) => override(broker, { publish: () => Promise.reject(new Error("nobody")) })),
    seenBy: ["a message that nobody subscribed to is no mistake"],
  },
  {
    does: "hands messages over one after the other, in the publisher's own call",
    make: serialPair,
    seenBy: [
      "publishing does not wait for the handlers",
      "a handler that fails stops neither the other subscribers nor the messages after",
    ],
  },
  {
    does: "takes bodies for Latin-1 text",
    make: pairOf(
      receiving((message) => ({ ...message, body: Buffer.from(bodyBytes(message.body)).toString("latin1") })),
    ),
    seenBy: ["text that is not ASCII arrives unchanged", "every byte arrives unchanged"],
  },
  {
    does: "cuts large bodies",
    make: pairOf(receiving((message) => ({ ...message, body: message.body.slice(0, 65_536) }))),
    seenBy: ["a large body arrives unchanged"],
  },
  {
    does: "sends something for nothing",
    make: pairOf(receiving((message) => ({ ...message, body: message.body.length === 0 ? "{}" : message.body }))),
    seenBy: ["an empty body arrives unchanged"],
  },
  {
    does: "loses headers",
    make: pairOf(receiving((message) => ({ ...message, header: {} }))),
    seenBy: ["headers arrive unchanged, whatever they are called"],
  },
  {
    does: "gives all subscribers the same headers to change",
    make: pairOf((broker) => {
      let shared: Message["header"] | undefined;
      return receiving((message) => {
        shared ??= { ...message.header };
        return { ...message, header: shared };
      })(broker);
    }),
    seenBy: ["what one subscriber does to its message is not seen by another"],
  },
  {
    does: "knows no queues",
    make: pairOf(subscribing((broker, topic, handler) => broker.subscribe(topic, handler, {}))),
    seenBy: ["of a queue group one member gets each message, wherever they are"],
  },
  {
    does: "has one queue for all groups",
    make: pairOf(
      subscribing((broker, topic, handler, { queue }) =>
        broker.subscribe(topic, handler, queue === undefined ? {} : { queue: "one" }),
      ),
    ),
    seenBy: ["each queue group gets each message"],
  },
  {
    does: "goes on choosing members that left",
    make: pairOf(
      subscribing(async (broker, topic, handler, options) => {
        let closed = false;
        const subscription = await broker.subscribe(
          topic,
          (message, name) => (closed ? undefined : handler(message, name)),
          options,
        );
        return { topic: subscription.topic, close: async () => void (closed = true) };
      }),
    ),
    seenBy: ["when a member of a queue group leaves, the others get its messages"],
  },
  {
    does: "keeps closed subscriptions",
    make: pairOf(subscribing((broker, topic, handler, options) => keepOpen(broker.subscribe(topic, handler, options)))),
    seenBy: ["a closed subscription gets nothing more, and closing it twice is no mistake"],
  },
  {
    does: "fails when a subscription is closed again",
    make: pairOf(
      subscribing((broker, topic, handler, options) => closeOnce(broker.subscribe(topic, handler, options))),
    ),
    seenBy: ["a closed subscription gets nothing more, and closing it twice is no mistake"],
  },
  {
    does: "has a topic once",
    make: pairOf((broker) => {
      const known = new Set<string>();
      return subscribing((inner, topic, handler, options) => {
        const first = !known.has(topic);
        known.add(topic);
        return inner.subscribe(topic, first ? handler : () => {}, options);
      })(broker);
    }),
    seenBy: ["a topic can be subscribed again after its last subscription was closed"],
  },
  {
    does: "stays open",
    make: pairOf((broker) => override(broker, { close: async () => {} })),
    seenBy: [
      "closing a broker ends its subscriptions and leaves those of others",
      "a closed broker refuses to publish and to subscribe",
    ],
  },
  {
    does: "leaves a timer running",
    make: pairOf((broker) => {
      clearInterval(timer);
      timer = setInterval(() => {}, 60_000);
      return broker;
    }),
    seenBy: ["a closed broker leaves nothing that keeps the process alive"],
    undo: () => clearInterval(timer),
  },
];

function pairOf(breakIt: (broker: Broker) => Broker): () => BrokerPair {
  return () => {
    const network = createMemoryNetwork();
    return { broker: breakIt(new MemoryBroker({ network })), other: breakIt(new MemoryBroker({ network })) };
  };
}

type Subscribe = (
  broker: Broker,
  topic: string,
  handler: BrokerHandler,
  options: { readonly queue?: string },
) => Promise<Subscription>;

function subscribing(subscribe: Subscribe): (broker: Broker) => Broker {
  return (broker) =>
    override(broker, { subscribe: (topic, handler, options) => subscribe(broker, topic, handler, options) });
}

function receiving(change: (message: Message) => Message): (broker: Broker) => Broker {
  return subscribing((broker, topic, handler, options) =>
    broker.subscribe(topic, (message, name) => handler(change(message), name), options),
  );
}

/** Calls handlers as a plain event emitter would. */
function serialPair(): BrokerPair {
  const handlers: BrokerHandler[] = [];
  const broker: Broker = {
    name: "serial",
    delivery: "at-most-once",
    async publish(topic, message) {
      for (const handler of handlers) await handler(message, topic);
    },
    async subscribe(topic, handler) {
      handlers.push(handler);
      return { topic, close: async () => {} };
    },
    close: async () => {},
  };
  return { broker, other: broker };
}

async function keepOpen(subscribed: Promise<Subscription>): Promise<Subscription> {
  return { topic: (await subscribed).topic, close: async () => {} };
}

async function closeOnce(subscribed: Promise<Subscription>): Promise<Subscription> {
  const subscription = await subscribed;
  let closed = false;
  return {
    topic: subscription.topic,
    async close() {
      if (closed) throw new Error("closed already");
      closed = true;
      await subscription.close();
    },
  };
}
