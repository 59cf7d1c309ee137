import type { Metadata } from "@micro/wire";
import { Context, type ContextOwner } from "./context.ts";
import type { Subscriber } from "./service.ts";

/** A message on its way out; what wraps of `publish` see. */
export interface Publication {
  readonly topic: string;
  /** The value, not encoded yet. */
  readonly message: unknown;
  /** What travels beside it, by canonical name. */
  readonly metadata: Metadata;
  readonly contentType: string;
  /** The schema of the message, for codecs that need one. */
  readonly schema: unknown;
}

/** What can be said with a publication. */
export interface PublishOptions {
  /** Added to what the context carries on. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Default as for calls. */
  readonly contentType?: string;
  /** The schema of the message, for codecs that need one. */
  readonly input?: unknown;
}

/** The context of one message for one subscriber. */
export class SubscriberContext extends Context {
  readonly topic: string;
  /** The decoded message. */
  message: unknown;
  /** @internal The code that was current when the message came. */
  readonly handler: Subscriber;

  constructor(owner: ContextOwner, metadata: Metadata, topic: string, message: unknown, handler: Subscriber) {
    super(owner, metadata);
    this.topic = topic;
    this.message = message;
    this.handler = handler;
  }

  expire(): void {}
}
