import type { BrokerHandler, Message } from "@micro/kernel";
import { Budget } from "./budget.ts";
import type { ResolvedBrokerOptions } from "./options.ts";

/** Whoever counts what becomes of messages. */
export interface InboxWatcher {
  /** A handler threw or rejected. */
  handlerFailed(topic: string, error: unknown): void;
  /** So many messages had been taken and will not be handled. */
  dropped(topic: string, count: number): void;
}

/** The messages of one subscription: they wait here until its handler is free, in the order in which they came. */
export class Inbox {
  readonly topic: string;
  readonly #handler: BrokerHandler;
  readonly #watcher: InboxWatcher;
  readonly #concurrency: number;
  readonly #budget: Budget;
  readonly #waiting: Waiting[] = [];
  #handling = 0;
  #isRefusing = false;
  #onEmpty: (() => void) | undefined;

  constructor(
    topic: string,
    handler: BrokerHandler,
    { concurrency, limits }: Pick<ResolvedBrokerOptions, "concurrency" | "limits">,
    watcher: InboxWatcher,
  ) {
    this.topic = topic;
    this.#handler = handler;
    this.#watcher = watcher;
    this.#concurrency = concurrency;
    this.#budget = new Budget(limits.pendingMessages, limits.pendingBytes);
  }

  /** Takes a message that was so long on the wire, or says why not. Its handler runs in a later microtask. */
  take(message: Message, bytes: number): "taken" | "full" | "closed" {
    if (this.#isRefusing) return "closed";
    if (!this.#budget.take(bytes)) return "full";
    this.#waiting.push({ message, bytes });
    queueMicrotask(() => this.#handleNext());
    return "taken";
  }

  /**
   * Takes nothing more, and resolves when no handler will be called any more: at the latest after so many
   * milliseconds, when those that still wait are dropped. It does not wait for handlers to end, as one of them may be
   * who is closing.
   */
  async close(drainMs: number): Promise<void> {
    this.#isRefusing = true;
    if (this.#waiting.length > 0) await this.#becomesEmpty(drainMs);
    const dropped = this.#waiting.splice(0);
    for (const { bytes } of dropped) this.#budget.give(bytes);
    if (dropped.length > 0) this.#watcher.dropped(this.topic, dropped.length);
  }

  #becomesEmpty(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #handleNext(): void {
    if (this.#handling >= this.#concurrency) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    void this.#handle(next);
    if (this.#waiting.length === 0) this.#onEmpty?.();
  }

  async #handle({ message, bytes }: Waiting): Promise<void> {
    this.#handling++;
    try {
      await this.#handler(message, this.topic);
    } catch (error) {
      this.#watcher.handlerFailed(this.topic, error);
    } finally {
      this.#handling--;
      this.#budget.give(bytes);
      this.#handleNext();
    }
  }
}

interface Waiting {
  readonly message: Message;
  /** As it came, which is about what it holds. */
  readonly bytes: number;
}
