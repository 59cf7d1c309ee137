import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { type Body, bodyBytes, bodyText, type Message } from "@micro/wire";
import type { Broker, BrokerHandler, Subscription } from "../contracts/broker.ts";
import {
  assertNotPolluted,
  createGate,
  defaultLimitMs,
  failureOf,
  type KitOptions,
  type Scope,
  withScope,
} from "./kit.ts";
import { leaks } from "./leaks.ts";
import { eventually } from "./within.ts";

/** What {@link testBroker} takes. */
export interface BrokerKitOptions extends KitOptions {
  /** Makes two brokers that reach each other, as two processes of one fleet would. Called once for each test. */
  readonly factory: () => BrokerPair | Promise<BrokerPair>;
  /** What this broker does; everything when absent. */
  readonly supports?: {
    /** Queue groups. */
    readonly queues?: boolean;
    /** Headers beside the body. */
    readonly headers?: boolean;
  };
}

/** Two brokers that reach each other. The kit closes both. */
export interface BrokerPair {
  readonly broker: Broker;
  readonly other: Broker;
  /** Resolves when each of them knows what was subscribed at the other; at once when absent. */
  readonly settle?: () => Promise<void>;
  /** Frees what stands behind them. Called after both were closed. */
  readonly close?: () => void | Promise<void>;
}

/** Tests that a broker keeps the contract of {@link Broker}. */
export function testBroker({ test, factory, supports = {}, limitMs = defaultLimitMs }: BrokerKitOptions): void {
  const { queues = true, headers = true } = supports;

  function withBrokers(name: string, run: (bus: Bus) => Promise<void>): void {
    test(name, () =>
      withScope(limitMs, async (scope) => {
        const pair = await scope.step("the factory", async () => factory());
        scope.defer(() => pair.close?.());
        scope.defer(() => pair.broker.close());
        scope.defer(() => pair.other.close());
        await run(new Bus(scope, pair));
      }),
    );
  }

  withBrokers("it says its name and what it promises", async ({ broker }) => {
    assert.match(broker.name, /^[a-z][a-z0-9-]*$/);
    assert.ok(["at-most-once", "at-least-once"].includes(broker.delivery));
  });

  withBrokers("a message reaches a subscriber, with its topic", async (bus) => {
    const inbox = await bus.subscribe();

    await bus.publish(text("hello"));

    const [received] = await inbox.holds(1);
    assert.equal(received?.body, "hello");
    assert.equal(received?.topic, bus.topic);
  });

  withBrokers("every subscriber without a queue gets every message, wherever it is", async (bus) => {
    const inboxes = [await bus.subscribe(), await bus.subscribe(), await bus.subscribe({ at: bus.other })];

    await bus.publish(text("one"));
    await bus.publish(text("two"), bus.other);

    for (const inbox of inboxes) {
      const received = await inbox.holds(2);
      assert.deepEqual(received.map(({ body }) => body).sort(), ["one", "two"]);
    }
  });

  withBrokers("a subscriber gets no message of another topic", async (bus) => {
    const elsewhere = `${bus.topic}.more`;
    const inbox = await bus.subscribe();
    const others = await bus.subscribe({ topic: elsewhere });

    await bus.publish(text("not ours"), bus.broker, elsewhere);
    await others.holds(1);
    await bus.publish(text("ours"));

    const received = await inbox.holds(1);
    assert.deepEqual(
      received.map(({ body }) => body),
      ["ours"],
    );
  });

  withBrokers("a message that nobody subscribed to is no mistake", async (bus) => {
    await bus.publish(text("hello"));
    await bus.publish(text("hello"), bus.broker, "__proto__");
  });

  withBrokers("publishing does not wait for the handlers", async (bus) => {
    const gate = createGate();
    await bus.subscribe({ handle: () => gate.promise });

    await bus.publish(text("one"));
    await bus.publish(text("two"));

    gate.open();
  });

  withBrokers("a handler that fails stops neither the other subscribers nor the messages after", async (bus) => {
    let seen = 0;
    const failing = (): Promise<void> => {
      seen++;
      if (seen % 2 === 0) throw new Error("the handler failed at once");
      return Promise.reject(new Error("the handler failed later"));
    };
    await bus.subscribe({ handle: failing });
    const inbox = await bus.subscribe();

    for (const name of ["a", "b", "c", "d"]) await bus.publish(text(name));

    const received = await inbox.holds(4);
    assert.deepEqual(unique(received), ["a", "b", "c", "d"]);
    await bus.eventually("the failing handler gets them all", () => seen >= 4);
  });

  for (const [what, body] of Object.entries(bodies())) {
    withBrokers(`${what} arrives unchanged`, async (bus) => {
      const inbox = await bus.subscribe({ at: bus.other });

      await bus.publish({ header: plainHeader, body });

      const [received] = await inbox.holds(1);
      const arrived = Buffer.from(bodyBytes(received?.message.body ?? "lost"));
      assert.ok(arrived.equals(bodyBytes(body)), "the body is the same, byte for byte");
    });
  }

  if (headers) {
    withBrokers("headers arrive unchanged, whatever they are called", async (bus) => {
      const header = {
        ...JSON.parse('{"__proto__":"polluted"}'),
        ...plainHeader,
        Constructor: "c",
        "X-User-Id": "john",
      };
      const inbox = await bus.subscribe({ at: bus.other });

      await bus.publish({ header, body: "" });

      const [received] = await inbox.holds(1);
      for (const name of ["Content-Type", "Constructor", "X-User-Id"]) {
        assert.equal(received?.message.header[name], header[name], name);
      }
      assertNotPolluted();
    });

    withBrokers("what one subscriber does to its message is not seen by another", async (bus) => {
      await bus.subscribe({
        handle: ({ header }) => {
          // Frozen headers throw here, which is as good.
          (header as Record<string, string>)["X-User-Id"] = "somebody else";
        },
      });
      const inbox = await bus.subscribe();
      const sent = { header: { ...plainHeader, "X-User-Id": "john" }, body: "" };

      await bus.publish(sent);

      const [received] = await inbox.holds(1);
      assert.equal(received?.message.header["X-User-Id"], "john");
      assert.equal(sent.header["X-User-Id"], "john");
    });
  }

  if (queues) {
    withBrokers("of a queue group one member gets each message, wherever they are", async (bus) => {
      const queue = "workers";
      const members = [await bus.subscribe({ queue }), await bus.subscribe({ queue, at: bus.other })];
      const everybody = await bus.subscribe();
      const names = Array.from({ length: 20 }, (_none, index) => `message ${index}`);

      for (const name of names) await bus.publish(text(name));

      assert.deepEqual(unique(await everybody.holds(names.length)), [...names].sort());
      const received = (): Received[] => members.flatMap((member) => member.received);
      await bus.eventually("the group gets every message", () => unique(received()).length === names.length);
      await bus.passes();
      if (bus.broker.delivery === "at-most-once") assert.equal(received().length, names.length, "and each one once");
    });

    withBrokers("each queue group gets each message", async (bus) => {
      const [first, second] = [await bus.subscribe({ queue: "one" }), await bus.subscribe({ queue: "two" })];
      const everybody = await bus.subscribe();

      await bus.publish(text("hello"));

      for (const inbox of [first, second, everybody]) assert.deepEqual(unique(await inbox.holds(1)), ["hello"]);
    });

    withBrokers("when a member of a queue group leaves, the others get its messages", async (bus) => {
      const queue = "workers";
      const [leaves, stays] = [await bus.subscribe({ queue }), await bus.subscribe({ queue, at: bus.other })];
      const names = Array.from({ length: 20 }, (_none, index) => `message ${index}`);

      await bus.close(leaves.subscription);
      for (const name of names) await bus.publish(text(name));

      assert.deepEqual(unique(await stays.holds(names.length)), [...names].sort());
      assert.deepEqual(leaves.received, []);
    });
  }

  withBrokers("a closed subscription gets nothing more, and closing it twice is no mistake", async (bus) => {
    const [closed, open] = [await bus.subscribe(), await bus.subscribe()];
    await bus.publish(text("before"));
    await closed.holds(1);
    await open.holds(1);

    await bus.close(closed.subscription);
    await bus.close(closed.subscription);
    await bus.publish(text("after"));

    await open.holds(2);
    await bus.passes();
    assert.deepEqual(
      closed.received.map(({ body }) => body),
      ["before"],
    );
  });

  withBrokers("a topic can be subscribed again after its last subscription was closed", async (bus) => {
    const before = await bus.subscribe();
    await bus.close(before.subscription);
    const after = await bus.subscribe();

    await bus.publish(text("hello"));

    assert.deepEqual(unique(await after.holds(1)), ["hello"]);
  });

  withBrokers("closing a broker ends its subscriptions and leaves those of others", async (bus) => {
    const [ours, theirs] = [await bus.subscribe(), await bus.subscribe({ at: bus.other })];

    await bus.broker.close();
    await bus.broker.close();
    await bus.publish(text("hello"), bus.other);

    await theirs.holds(1);
    await bus.passes(bus.other);
    assert.deepEqual(ours.received, []);
  });

  withBrokers("a closed broker refuses to publish and to subscribe", async (bus) => {
    await bus.broker.close();

    assert.ok((await failureOf(() => bus.publish(text("hello")))) instanceof Error);
    assert.ok((await failureOf(() => bus.broker.subscribe(bus.topic, () => {}, {}))) instanceof Error);
  });

  test("a closed broker leaves nothing that keeps the process alive", async () => {
    const leaked = leaks(limitMs);
    await withScope(limitMs, async (scope) => {
      const pair = await scope.step("the factory", async () => factory());
      scope.defer(() => pair.close?.());
      const bus = new Bus(scope, pair);
      const inbox = await bus.subscribe();
      await bus.publish(text("hello"));
      await inbox.holds(1);
      await scope.step("close()", pair.broker.close());
      await scope.step("close()", pair.other.close());
    });
    assert.deepEqual(await leaked(), []);
  });
}

/** Two brokers, and steps with them that are bounded in time. */
class Bus {
  /** A topic that no other test uses, as real brokers are shared. */
  readonly topic: string = `kit.${randomUUID()}`;
  readonly broker: Broker;
  readonly other: Broker;
  readonly #settle: () => Promise<void>;
  readonly #scope: Scope;

  constructor(scope: Scope, { broker, other, settle }: BrokerPair) {
    this.#scope = scope;
    this.broker = broker;
    this.other = other;
    this.#settle = settle ?? (async () => {});
  }

  async subscribe(how: Subscribing = {}): Promise<Inbox> {
    const { at = this.broker, topic = this.topic, queue, handle } = how;
    const inbox = new Inbox(this.#scope.limitMs, handle);
    const options = queue === undefined ? {} : { queue };
    inbox.subscription = await this.#scope.step("subscribe()", at.subscribe(topic, inbox.handler, options));
    await this.#scope.step("settling", this.#settle());
    return inbox;
  }

  publish(message: Message, at: Broker = this.broker, topic: string = this.topic): Promise<void> {
    return this.#scope.step("publish()", () => at.publish(topic, message));
  }

  async close(subscription: Subscription): Promise<void> {
    await this.#scope.step("close()", subscription.close());
    await this.#scope.step("settling", this.#settle());
  }

  /** Resolves when a message that is published now has arrived, and with it, most likely, all before it. */
  async passes(at: Broker = this.broker): Promise<void> {
    const topic = `${this.topic}.passes`;
    const inbox = await this.subscribe({ at, topic });
    await this.publish(text("pass"), at, topic);
    await inbox.holds(1);
  }

  eventually(what: string, isTrue: () => boolean): Promise<void> {
    return eventually(this.#scope.limitMs, what, isTrue);
  }
}

interface Subscribing {
  readonly at?: Broker;
  readonly topic?: string;
  readonly queue?: string;
  /** Handles the message after it was put into the inbox. */
  readonly handle?: BrokerHandler;
}

interface Received {
  readonly topic: string;
  readonly body: string;
  readonly message: Message;
}

/** A subscription and what came. */
class Inbox {
  readonly received: Received[] = [];
  readonly handler: BrokerHandler;
  subscription: Subscription = { topic: "", close: async () => {} };
  readonly #limitMs: number;

  constructor(limitMs: number, handle: BrokerHandler = () => {}) {
    this.#limitMs = limitMs;
    this.handler = (message, topic) => {
      this.received.push({ topic, body: Buffer.from(bodyBytes(message.body)).toString(), message });
      return handle(message, topic);
    };
  }

  /** Waits until so many messages came. */
  async holds(count: number): Promise<readonly Received[]> {
    await eventually(this.#limitMs, `${count} messages arrive`, () => this.received.length >= count);
    return this.received;
  }
}

const plainHeader = { "Content-Type": "text/plain" };

function text(body: string): Message {
  return { header: plainHeader, body };
}

function bodies(): Record<string, Body> {
  return {
    "an empty body": "",
    "text that is not ASCII": "grüße 世界 🎉",
    "every byte": Uint8Array.from({ length: 256 }, (_none, byte) => byte),
    "a large body": randomBytes(1 << 18),
  };
}

function unique(received: readonly Received[]): string[] {
  return [...new Set(received.map(({ message }) => bodyText(message.body)))].sort();
}
