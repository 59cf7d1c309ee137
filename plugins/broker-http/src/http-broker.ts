import { randomUUID } from "node:crypto";
import type { Broker, BrokerHandler, Message, Registry, ServiceRecord, Subscription } from "@micro/kernel";
import { advertisedAddress } from "@micro/kernel";
import { Budget } from "./budget.ts";
import { brokerClosed, overloaded } from "./errors.ts";
import { HttpSubscription } from "./http-subscription.ts";
import { Inbox, type InboxWatcher } from "./inbox.ts";
import { checkQueue, checkTopic } from "./names.ts";
import { type HttpBrokerOptions, type ResolvedBrokerOptions, resolveOptions } from "./options.ts";
import { Parcel } from "./parcel.ts";
import type { SendFailure } from "./post.ts";
import { Receiver } from "./receiver.ts";
import { recordOf } from "./records.ts";
import { type Route, Routes } from "./routes.ts";
import { Sender } from "./sender.ts";
import { createStats, type HttpBrokerStats } from "./stats.ts";
import type { Target } from "./target.ts";
import { ThrottledLog } from "./throttled-log.ts";

/**
 * The HTTP broker of go-micro: a subscription is announced in the registry, and a message is posted to whoever stands
 * there. Nothing is kept and nothing sent twice, so what cannot be delivered at once is lost, and counted.
 *
 * @example
 * const broker = new HttpBroker({ registry });
 * await broker.subscribe("topic.greeter", ({ body }) => console.log(bodyText(body)), {});
 * await broker.publish("topic.greeter", { header: {}, body: "hello" });
 * await broker.close();
 */
export class HttpBroker implements Broker {
  readonly name = "http";
  readonly delivery = "at-most-once";
  readonly #id = `broker-${randomUUID()}`;
  readonly #options: ResolvedBrokerOptions;
  readonly #registry: Registry;
  readonly #routes: Routes;
  readonly #sender: Sender;
  readonly #log: ThrottledLog;
  readonly #stats: HttpBrokerStats = createStats();
  readonly #budget: Budget;
  readonly #subscriptions = new Set<HttpSubscription>();
  readonly #underway = new Set<Promise<unknown>>();
  #receiver: Promise<Receiver> | undefined;
  #closing: Promise<void> | undefined;

  /** @throws TypeError for an option that cannot be */
  constructor(options: HttpBrokerOptions) {
    this.#options = resolveOptions(options);
    const { generations, limits } = this.#options;
    this.#registry = options.registry;
    this.#routes = new Routes(options.registry, generations);
    this.#sender = new Sender(this.#options);
    this.#log = new ThrottledLog(options.log);
    this.#budget = new Budget(limits.publishingMessages, limits.publishingBytes);
  }

  /** What it has done so far. */
  get stats(): Readonly<HttpBrokerStats> {
    return this.#stats;
  }

  /**
   * Posts the message to its subscribers: all those without a queue, one of each queue. Resolves when each has
   * answered or failed; those that failed are counted and logged, not thrown. Without subscribers it does nothing.
   *
   * @throws MicroError 400 for a topic or header that cannot travel, 413 for a message that nobody would take, 503 when
   * the registry cannot tell, when too much is being published, or after {@link close}; then nobody got it
   */
  publish(topic: string, message: Message): Promise<void> {
    return this.#track(this.#publish(topic, message));
  }

  /**
   * Listens, unless it does so already, and announces the subscription.
   *
   * @throws MicroError 400 for a topic or queue that cannot be, 500 when it cannot listen, and whatever the registry
   * refuses with; then there is no subscription
   */
  subscribe(topic: string, handler: BrokerHandler, options: { readonly queue?: string } = {}): Promise<Subscription> {
    return this.#track(this.#subscribe(topic, handler, options.queue ?? ""));
  }

  /**
   * Ends every subscription, gives what is being published a moment, and closes listener and connections.
   *
   * @throws AggregateError when subscriptions could not be taken back from the registry; everything is closed then, too
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #publish(topic: string, message: Message): Promise<void> {
    this.#assertOpen();
    checkTopic(topic);
    const parcel = new Parcel(topic, message, this.#options.limits);
    if (!this.#budget.take(parcel.byteLength)) throw overloaded();
    try {
      const route = await this.#routes.find(topic);
      this.#stats.published++;
      await this.#deliver(route, parcel);
    } finally {
      this.#budget.give(parcel.byteLength);
    }
  }

  async #deliver({ everybody, queues }: Route, parcel: Parcel): Promise<void> {
    if (everybody.length + queues.length === 0) this.#stats.unheard++;
    await Promise.all([
      ...everybody.map(async (target) => this.#count(target, parcel, await this.#send(target, parcel))),
      ...queues.map((members) => this.#sendToOne(members, parcel)),
    ]);
  }

  // Another member gets it only when it is certain that the first has not.
  async #sendToOne(members: readonly Target[], parcel: Parcel): Promise<void> {
    const first = pick(members);
    const failure = await this.#send(first, parcel);
    const others = members.filter((member) => member !== first);
    if (failure === undefined || !failure.notProcessed || others.length === 0) {
      this.#count(first, parcel, failure);
      return;
    }
    const second = pick(others);
    this.#stats.retried++;
    this.#count(second, parcel, await this.#send(second, parcel));
  }

  #send(target: Target, parcel: Parcel): Promise<SendFailure | undefined> {
    return this.#sender.send(target, parcel.bodyFor(target.generation), parcel.deadline);
  }

  #count({ address }: Target, { topic }: Parcel, failure: SendFailure | undefined): void {
    if (failure === undefined) {
      this.#stats.delivered++;
      return;
    }
    this.#stats.failed++;
    const { why, cause } = failure;
    this.#log.warn("a message did not reach a subscriber", {
      topic,
      address,
      why,
      ...(cause !== undefined && { cause }),
    });
  }

  async #subscribe(topic: string, handler: BrokerHandler, queue: string): Promise<Subscription> {
    this.#assertOpen();
    checkTopic(topic);
    checkQueue(queue);
    const receiver = await this.#listening();
    const inbox = new Inbox(topic, handler, this.#options, this.#watcher);
    const subscription: HttpSubscription = new HttpSubscription({
      inbox,
      receiver,
      registry: this.#registry,
      records: this.#recordsFor(receiver.address, topic, queue),
      drainMs: this.#options.limits.drainMs,
      onClose: () => this.#subscriptions.delete(subscription),
    });
    await subscription.open();
    this.#subscriptions.add(subscription);
    if (this.#closing === undefined) return subscription;
    await subscription.close();
    throw brokerClosed();
  }

  #recordsFor(bound: string, topic: string, queue: string): readonly ServiceRecord[] {
    const { advertise, generations, tls } = this.#options;
    const announced = {
      topic,
      queue: queue === "" ? undefined : queue,
      address: advertisedAddress(bound, advertise),
      secure: tls.listen !== undefined,
      brokerId: this.#id,
      id: randomUUID(),
    };
    return generations.map((generation) => recordOf(generation, announced));
  }

  #listening(): Promise<Receiver> {
    this.#receiver ??= Receiver.open(this.#options, this.#stats, this.#log).catch((error: unknown) => {
      // The next subscription tries again.
      this.#receiver = undefined;
      throw error;
    });
    return this.#receiver;
  }

  readonly #watcher: InboxWatcher = {
    handlerFailed: (topic, error) => {
      this.#stats.handlerErrors++;
      this.#log.warn("a subscriber failed", { topic, error });
    },
    dropped: (topic, count) => {
      this.#stats.dropped += count;
      this.#log.warn("a subscription ended before its messages were handled", { topic, count });
    },
  };

  async #close(): Promise<void> {
    // What is just subscribing must be there to be closed. What is published meanwhile is refused.
    await within(closeLimitMs, Promise.allSettled(this.#underway));
    const ends = Array.from(this.#subscriptions, (subscription) => subscription.close());
    const failures = (await Promise.allSettled(ends)).flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
    this.#sender.close();
    await (await this.#receiver?.catch(() => undefined))?.close();
    if (failures.length > 0) throw new AggregateError(failures, "subscriptions are still in the registry");
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#underway.add(work);
    const end = (): void => void this.#underway.delete(work);
    work.then(end, end);
    return work;
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw brokerClosed();
  }
}

const closeLimitMs = 2000;

function pick(members: readonly Target[]): Target {
  return members[Math.floor(Math.random() * members.length)] as Target;
}

async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}
