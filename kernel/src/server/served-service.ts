import { type Codec, type Message, MicroError, mediaType, metadataOf, mucp } from "@micro/wire";
import type { Client } from "../client/client.ts";
import type { Broker, Subscription } from "../contracts/broker.ts";
import { compose, type KernelHooks, type SubscriberNext } from "../contracts/hooks.ts";
import type { Logger } from "../contracts/log.ts";
import type { Registry, ServiceNode, ServiceRecord } from "../contracts/registry.ts";
import type { Listener, ServerExchange, Transport } from "../contracts/transport.ts";
import type { Context, ContextOwner } from "./context.ts";
import { debugHandlers } from "./debug.ts";
import { SubscriberContext } from "./pubsub.ts";
import { advertisedAddress, createRecord } from "./record.ts";
import { ServedMethod } from "./served-method.ts";
import { type CallTarget, serveExchange } from "./server-call.ts";
import type { ServiceDefinition, Subscriber, SubscriberDefinition } from "./service.ts";
import { type Handlers, resolveMethod } from "./service.ts";

/** Where and as what a service is served. */
export interface ServeOptions {
  /** `host:port` to listen on. Default `--server_address`, `:0`: a free port on every interface. */
  readonly address?: string;
  /** What others dial. Default `--server_advertise`, else derived from the address. */
  readonly advertise?: string;
  /** The end of its node id, unique in the fleet. Default a random UUID. */
  readonly id?: string;
}

/** What a service takes from its kernel. */
export interface ServiceHost {
  readonly hooks: KernelHooks;
  readonly transport: Transport;
  readonly registry: Registry;
  readonly broker: Broker;
  codec(contentType: string): Codec | undefined;
  clientFor(service: string, context: Context): Client;
}

/** A service that a kernel serves: one listener, one node in the registry, its methods and subscriptions. */
export class ServedService implements ContextOwner, CallTarget {
  readonly definition: ServiceDefinition;
  readonly log: Logger;
  private readonly host: ServiceHost;
  private readonly routes = new Map<string, ServedMethod>();
  private readonly watched = new Set<Context>();
  private readonly subscriptions: Subscription[] = [];
  private listener: Listener | undefined;
  private announced: ServiceRecord | undefined;
  private inFlight = 0;
  private refusing = false;
  private whenIdle: (() => void) | undefined;

  constructor(host: ServiceHost, definition: ServiceDefinition, log: Logger) {
    this.host = host;
    this.definition = definition;
    this.log = log;
    this.addRoutes(debugHandlers);
    this.addRoutes(definition.handlers ?? {});
  }

  get name(): string {
    return this.definition.name;
  }

  /** What was bound, `host:port`; empty before it listens. */
  get address(): string {
    return this.listener?.address ?? "";
  }

  /** The record in the registry, `undefined` while it is not registered. */
  get record(): ServiceRecord | undefined {
    return this.announced;
  }

  /** The metadata of its node. `mucp` makes clients of go-micro 1 speak their own protocol; both are answered. */
  get metadata(): Readonly<Record<string, string>> {
    const { transport, broker, registry } = this.host;
    const own = { transport: transport.name, broker: broker.name, registry: registry.name };
    return { ...this.definition.metadata, ...own, server: "rpc", protocol: mucp.name };
  }

  /** Whether it takes no more calls. */
  get isRefusing(): boolean {
    return this.refusing;
  }

  route(method: string): ServedMethod | undefined {
    return this.routes.get(method);
  }

  /** The codec of a content type header, whatever its case and parameters. */
  codec(contentType: string): Codec | undefined {
    return this.host.codec(contentType) ?? this.host.codec(mediaType(contentType) ?? "");
  }

  clientFor(context: Context): Client {
    return this.host.clientFor(this.name, context);
  }

  /** Counts a call in. {@link Context.release} counts it out. */
  enter(): void {
    this.inFlight++;
  }

  watch(context: Context): void {
    this.watched.add(context);
  }

  leave(context: Context): void {
    if (this.watched.size > 0) this.watched.delete(context);
    if (--this.inFlight === 0) this.whenIdle?.();
  }

  /** Listens, then registers, then subscribes, as go-micro does. */
  async start(options: Required<ServeOptions>): Promise<void> {
    this.listener = await this.host.transport.listen({ address: options.address }, (exchange) => this.accept(exchange));
    const address = advertisedAddress(this.listener.address, options.advertise);
    await this.register({ id: `${this.name}-${options.id}`, address, metadata: this.metadata });
    for (const [topic, subscriber] of Object.entries(this.definition.subscribers ?? {})) {
      await this.subscribe(topic, subscriber);
    }
  }

  /** Takes it out of the registry and ends its subscriptions, so that nothing new is sent here. Calls are served on. */
  async withdraw(): Promise<void> {
    const record = this.announced;
    this.announced = undefined;
    const ends = this.subscriptions.splice(0).map((subscription) => subscription.close());
    if (record !== undefined) ends.push(this.host.registry.deregister(record));
    const failures = (await Promise.allSettled(ends)).flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
    // Whoever stops must not be kept by a registry that is gone: its TTL takes the record away.
    for (const error of failures) this.log.warn("leaving the registry failed", { error });
  }

  /** Refuses new calls, waits for those under way at most so long, then calls them off and closes the listener. */
  async close(limitMs: number): Promise<void> {
    this.refusing = true;
    const closing = this.listener?.close();
    const reason = new MicroError(this.name, 503, "the service stopped before the call ended", { reason: "stopping" });
    if (!(await this.becomesIdle(limitMs))) for (const context of this.watched) context.cancel(reason);
    this.listener?.destroy();
    await closing;
  }

  private addRoutes(handlers: Handlers): void {
    for (const [handler, methods] of Object.entries(handlers)) {
      for (const [name, value] of Object.entries(methods)) {
        const method = `${handler}.${name}`;
        this.routes.set(method, new ServedMethod(this, this.host.hooks, method, resolveMethod(value)));
      }
    }
  }

  /** Answers an exchange, from whichever transport it came. */
  accept(exchange: ServerExchange): void {
    if (this.refusing) exchange.refuse(stopping(this.name));
    else serveExchange(this, exchange);
  }

  private async register(node: ServiceNode): Promise<void> {
    const record = await this.host.hooks.advertise.promise(createRecord(this.definition, node));
    await this.host.registry.register(record);
    this.announced = record;
  }

  private async subscribe(topic: string, subscriber: Subscriber | SubscriberDefinition): Promise<void> {
    const { handler, queue, input }: SubscriberDefinition =
      typeof subscriber === "function" ? { handler: subscriber } : subscriber;
    const innermost: SubscriberNext = (context) => handler(context.message, context);
    const run = compose("subscriber", this.host.hooks.subscriber.taps, innermost, topic);
    const deliver = (message: Message): Promise<void> => this.deliver(topic, message, input, run);
    this.subscriptions.push(await this.host.broker.subscribe(topic, deliver, queue === undefined ? {} : { queue }));
  }

  private async deliver(topic: string, message: Message, schema: unknown, run: SubscriberNext): Promise<void> {
    const codec = this.codec(message.header["Content-Type"] ?? "");
    if (codec === undefined) throw new MicroError(this.name, 415, "unsupported content type");
    const value = codec.decode(message.body, schema);
    const context = new SubscriberContext(this, metadataOf(message.header), topic, value);
    this.enter();
    try {
      await run(context);
    } finally {
      context.release();
    }
  }

  private becomesIdle(limitMs: number): Promise<boolean> {
    if (this.inFlight === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), limitMs);
      this.whenIdle = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}

/** The 503 of a service that stops: it says that nothing ran, so that the caller may take another node. */
function stopping(service: string): MicroError {
  return new MicroError(service, 503, "the service is stopping", { reason: "stopping", notProcessed: true });
}
