import { type Broker, type BrokerHandler, type Message, MicroError, type Subscription } from "@micro/kernel";
import { FooHub } from "./foo-hub.ts";

/** What a {@link FooBroker} can be told. */
export interface FooBrokerOptions {
  /** Who is reached. Default a hub of its own. */
  readonly hub?: FooHub;
  /** Told of every message that was lost: its handler failed, or was too far behind. Default nobody. */
  readonly onLost?: (topic: string, error: unknown) => void;
}

/** How many messages one subscription handles at once. What comes while it is at this many is lost. */
const maxHandling = 1024;

/** A broker between the kernels of one process. A message that no handler took is lost: at most once. */
export class FooBroker implements Broker {
  readonly name = "foo";
  readonly delivery = "at-most-once";
  readonly #hub: FooHub;
  readonly #onLost: (topic: string, error: unknown) => void;
  readonly #subscriptions = new Set<Subscription>();
  #closed = false;

  constructor({ hub = new FooHub(), onLost = () => {} }: FooBrokerOptions = {}) {
    this.#hub = hub;
    this.#onLost = onLost;
  }

  async publish(topic: string, message: Message): Promise<void> {
    this.#assertOpen();
    for (const subscriber of this.#hub.receiversOf(topic)) {
      const copy = copyOf(message);
      // In a later turn, so that no handler runs inside `publish`.
      setImmediate(() => subscriber.deliver(copy));
    }
  }

  async subscribe(
    topic: string,
    handler: BrokerHandler,
    { queue }: { readonly queue?: string },
  ): Promise<Subscription> {
    this.#assertOpen();
    const inbox = new Inbox(queue, topic, handler, this.#onLost);
    const remove = this.#hub.add(topic, inbox);
    const subscription: Subscription = {
      topic,
      close: async () => {
        inbox.isClosed = true;
        remove();
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
    if (!this.#closed) return;
    throw new MicroError("go.micro.broker", 503, "the foo broker is closed", { reason: "broker_closed" });
  }
}

/** One handler of one topic. */
class Inbox {
  readonly queue: string | undefined;
  isClosed = false;
  readonly #topic: string;
  readonly #handler: BrokerHandler;
  readonly #onLost: (topic: string, error: unknown) => void;
  #handling = 0;

  constructor(
    queue: string | undefined,
    topic: string,
    handler: BrokerHandler,
    onLost: (topic: string, error: unknown) => void,
  ) {
    this.queue = queue;
    this.#topic = topic;
    this.#handler = handler;
    this.#onLost = onLost;
  }

  deliver(message: Message): void {
    if (this.isClosed) return;
    if (this.#handling >= maxHandling) this.#onLost(this.#topic, new Error(`it is ${maxHandling} messages behind`));
    else void this.#handle(message);
  }

  async #handle(message: Message): Promise<void> {
    this.#handling++;
    try {
      await this.#handler(message, this.#topic);
    } catch (error) {
      this.#onLost(this.#topic, error);
    } finally {
      this.#handling--;
    }
  }
}

/** As a network would hand it on: what one subscriber does to it, no other sees. */
function copyOf({ header, body }: Message): Message {
  const copy = Object.freeze(Object.assign(Object.create(null), header));
  return { header: copy, body: typeof body === "string" ? body : new Uint8Array(body) };
}
