import {
  bodyText,
  createMemoryNetwork,
  type LogFields,
  MemoryRegistry,
  type Message,
  type Registry,
  type ServiceNode,
} from "@micro/kernel";
import { eventually, within } from "@micro/kernel/testing";
import { HttpBroker, type HttpBrokerOptions } from "../../src/index.ts";

export const limitMs = 5000;
export const topic = "topic.greeter";

/** Brokers over one registry, and what they warned of. Everything is closed at the end. */
export interface Fleet {
  readonly registry: Registry;
  readonly warnings: readonly { readonly message: string; readonly fields: LogFields }[];
  broker(options?: Partial<HttpBrokerOptions>): HttpBroker;
  /** Announces a subscriber for 2016 that need not exist. */
  announce(node: Partial<ServiceNode> & { readonly address: string }, version?: string): Promise<void>;
  defer(close: () => unknown): void;
}

/** Runs a test with a fleet of its own. */
export async function withFleet(run: (fleet: Fleet) => Promise<void>): Promise<void> {
  const registry = new MemoryRegistry(createMemoryNetwork());
  const warnings: { message: string; fields: LogFields }[] = [];
  const closers: (() => unknown)[] = [];
  const log = { warn: (message: string, fields: LogFields = {}) => void warnings.push({ message, fields }) };
  const fleet: Fleet = {
    registry,
    warnings,
    broker(options = {}) {
      const broker = new HttpBroker({ registry, address: "127.0.0.1:0", log, ...options });
      closers.push(() => broker.close());
      return broker;
    },
    announce: (node, version = "ff.http.broadcast") =>
      registry.register({
        name: `topic:${topic}`,
        version,
        metadata: {},
        endpoints: [],
        nodes: [{ id: `broker-a.${node.address}`, metadata: { secure: "false" }, ...node }],
      }),
    defer: (close) => void closers.push(close),
  };
  try {
    await run(fleet);
  } finally {
    for (const close of closers.reverse()) await within(limitMs, "closing", async () => close());
  }
}

/** What came, by text of the body. */
export class Inbox {
  readonly messages: Message[] = [];

  readonly handler = (message: Message): void => void this.messages.push(message);

  get texts(): readonly string[] {
    return this.messages.map(({ body }) => bodyText(body));
  }

  holds(count: number): Promise<void> {
    return eventually(limitMs, `${count} messages`, () => this.messages.length >= count);
  }
}

export function text(body: string, header: Record<string, string> = {}): Message {
  return { header, body };
}

/** A promise that is settled from outside. */
export function gate(): { readonly promise: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

/** The one node that is registered under a name. */
export async function onlyNode(registry: Registry, name = `topic:${topic}`): Promise<ServiceNode> {
  const nodes = (await registry.getService(name)).flatMap((record) => record.nodes);
  if (nodes.length !== 1) throw new Error(`${name} has ${nodes.length} nodes`);
  return nodes[0] as ServiceNode;
}

/** What a promise was rejected with. */
export async function failure(what: string, work: Promise<unknown>): Promise<unknown> {
  let error: unknown;
  await within(
    limitMs,
    what,
    work.then(
      () => {},
      (reason: unknown) => {
        error = reason;
      },
    ),
  );
  if (error === undefined) throw new Error(`${what} should have failed`);
  return error;
}
