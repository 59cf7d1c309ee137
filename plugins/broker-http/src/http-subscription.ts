import type { Registry, ServiceRecord, Subscription } from "@micro/kernel";
import type { Inbox } from "./inbox.ts";
import type { Receiver } from "./receiver.ts";

/** What a subscription is made of. */
export interface SubscriptionParts {
  readonly inbox: Inbox;
  readonly receiver: Receiver;
  readonly registry: Registry;
  /** One for each generation, with one node. */
  readonly records: readonly ServiceRecord[];
  readonly drainMs: number;
  readonly onClose: () => void;
}

/** A subscription: an inbox that the receiver fills, announced in the registry. */
export class HttpSubscription implements Subscription {
  readonly topic: string;
  readonly #parts: SubscriptionParts;
  #closing: Promise<void> | undefined;

  constructor(parts: SubscriptionParts) {
    this.topic = parts.inbox.topic;
    this.#parts = parts;
  }

  /**
   * Takes messages, then says so in the registry.
   *
   * @throws what the registry refuses with; it is closed then
   */
  async open(): Promise<void> {
    const { registry, receiver, records, inbox } = this.#parts;
    for (const id of this.#ids()) receiver.add(id, inbox);
    const ends = await Promise.allSettled(records.map((record) => registry.register(record)));
    const failed = ends.find((end) => end.status === "rejected");
    if (failed === undefined) return;
    await this.close().catch(() => {});
    throw failed.reason;
  }

  /**
   * Leaves the registry, and takes messages until that is done, so that none is lost that was sent before. Then
   * refuses further ones and gives the handler a moment for those it has. No handler is called after it resolves.
   *
   * @throws what the registry refuses with; the subscription has ended all the same
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { registry, receiver, records, inbox, drainMs, onClose } = this.#parts;
    const ends = await Promise.allSettled(records.map((record) => registry.deregister(record)));
    await inbox.close(drainMs);
    for (const id of this.#ids()) receiver.remove(id);
    onClose();
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }

  #ids(): readonly string[] {
    return this.#parts.records.flatMap(({ nodes }) => nodes.map(({ id }) => id));
  }
}
