import { type Codec, type Message, MicroError, metadataOf } from "@micro/wire";
import type { Broker, Subscription } from "../contracts/broker.ts";
import { compose, type KernelHooks, type SubscriberNext } from "../contracts/hooks.ts";
import type { ContextOwner } from "./context.ts";
import { SubscriberContext } from "./pubsub.ts";
import type { SubscriberDefinition } from "./service.ts";
import type { ServiceVersion } from "./service-version.ts";

/** What a topic takes from the kernel. */
export interface TopicHost {
  readonly hooks: KernelHooks;
  readonly broker: Broker;
}

/** A subscription of a service. Its wraps stay over swaps; a message runs on the code that was current when it came. */
export class Topic {
  readonly queue: string | undefined;
  private readonly host: TopicHost;
  private readonly codec: (contentType: string) => Codec | undefined;
  private readonly topic: string;
  private readonly run: SubscriberNext;
  private owner: ContextOwner;
  private definition: SubscriberDefinition;
  private subscription: Subscription | undefined;

  constructor(
    host: TopicHost,
    codec: (contentType: string) => Codec | undefined,
    topic: string,
    definition: SubscriberDefinition,
    owner: ContextOwner,
  ) {
    this.host = host;
    this.codec = codec;
    this.topic = topic;
    this.queue = definition.queue;
    this.definition = definition;
    this.owner = owner;
    const innermost: SubscriberNext = (context) => context.handler(context.message, context);
    this.run = compose("subscriber", host.hooks.subscriber.taps, innermost, topic);
  }

  async open(): Promise<void> {
    const options = this.queue === undefined ? {} : { queue: this.queue };
    this.subscription = await this.host.broker.subscribe(this.topic, (message) => this.deliver(message), options);
  }

  /** Runs the next messages on another version's code, if it takes them from the same queue. */
  use(version: ServiceVersion): void {
    const value = version.definition.subscribers?.[this.topic];
    const definition = typeof value === "function" ? { handler: value } : value;
    if (definition === undefined || definition.queue !== this.queue) return;
    this.definition = definition;
    this.owner = version;
  }

  async close(): Promise<void> {
    await this.subscription?.close();
  }

  private async deliver(message: Message): Promise<void> {
    const { owner, definition } = this;
    const codec = this.codec(message.header["Content-Type"] ?? "");
    if (codec === undefined) throw new MicroError(owner.name, 415, "unsupported content type");
    const value = codec.decode(message.body, definition.input);
    const context = new SubscriberContext(owner, metadataOf(message.header), this.topic, value, definition.handler);
    owner.enter();
    try {
      await this.run(context);
    } finally {
      context.release();
    }
  }
}
