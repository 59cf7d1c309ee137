import { isDeepStrictEqual } from "node:util";
import { type Codec, MicroError, mediaType, mucp } from "@micro/wire";
import type { Client } from "../client/client.ts";
import { withinLimit } from "../composition/closers.ts";
import type { Broker } from "../contracts/broker.ts";
import type { KernelHooks } from "../contracts/hooks.ts";
import type { Logger } from "../contracts/log.ts";
import type { Registry, ServiceNode, ServiceRecord } from "../contracts/registry.ts";
import type { Listener, ServerExchange, Transport } from "../contracts/transport.ts";
import type { Context } from "./context.ts";
import { debugHandlers } from "./debug.ts";
import { advertisedAddress, createRecord } from "./record.ts";
import { ReplacedCode } from "./replaced-code.ts";
import { ServedMethod } from "./served-method.ts";
import { type CallTarget, serveExchange } from "./server-call.ts";
import { type Handlers, methodsOf, type ServiceDefinition } from "./service.ts";
import { callsEnded, ServiceVersion, type VersionHost } from "./service-version.ts";
import { Topic } from "./topic.ts";

/** Where and as what a service is served. */
export interface ServeOptions {
  /** `host:port` to listen on. Default `--server_address`, `:0`: a free port on every interface. */
  readonly address?: string;
  /** What others dial. Default `--server_advertise`, else derived from the address. */
  readonly advertise?: string;
  /** The end of its node id, unique in the fleet. Default a random UUID. */
  readonly id?: string;
}

/** How a swap is bounded. */
export interface SwapOptions {
  /** How long the new code's `start` may take, in milliseconds. Default 5000. */
  readonly startLimitMs?: number;
  /** How long calls on the old code may go on before they are called off, in milliseconds. Default 10,000. */
  readonly drainLimitMs?: number;
}

/** A swap that was done. */
export interface Swap {
  /** How many calls the old code had to finish. */
  readonly inFlight: number;
  /** When calls began to run on the new code, on the clock of `performance.now()`. */
  readonly at: number;
  /** Whether the record in the registry changed: methods, topics, version or metadata. */
  readonly announced: boolean;
  /** How many of the calls were called off; known when the old code has been left. Never rejects. */
  readonly drained: Promise<number>;
  readonly replaced: ReplacedCode;
}

/** What a service takes from its kernel. */
export interface ServiceHost {
  readonly hooks: KernelHooks;
  readonly transport: Transport;
  readonly registry: Registry;
  readonly broker: Broker;
  codec(contentType: string): Codec | undefined;
  clientFor(service: string, context: Context | undefined): Client;
  /** The definition under the name, version and metadata that the settings give it. */
  named(service: ServiceDefinition): ServiceDefinition;
}

/** A service that a kernel serves: one listener, one node in the registry, its methods and subscriptions. */
export class ServedService implements CallTarget, VersionHost {
  readonly name: string;
  readonly log: Logger;
  private readonly host: ServiceHost;
  private readonly routes = new Map<string, ServedMethod>();
  private readonly topics = new Map<string, Topic>();
  private version: ServiceVersion;
  private listener: Listener | undefined;
  private announced: ServiceRecord | undefined;
  private refusing = false;
  private swapping: Promise<unknown> = Promise.resolve();

  constructor(host: ServiceHost, definition: ServiceDefinition, log: Logger) {
    this.host = host;
    this.name = definition.name;
    this.log = log;
    this.version = new ServiceVersion(this, definition);
    this.setRoutes(debugHandlers);
    this.setRoutes(definition.handlers ?? {});
  }

  /** The current code. */
  get definition(): ServiceDefinition {
    return this.version.definition;
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

  clientFor(context: Context | undefined): Client {
    return this.host.clientFor(this.name, context);
  }

  /** Starts, listens, registers and subscribes, in this order. */
  async start(options: Required<ServeOptions>): Promise<void> {
    await this.version.start(lifecycleLimitMs);
    this.listener = await this.host.transport.listen({ address: options.address }, (exchange) => this.accept(exchange));
    const address = advertisedAddress(this.listener.address, options.advertise);
    await this.announce({ id: `${this.name}-${options.id}`, address, metadata: this.metadata });
    await this.setTopics();
  }

  /**
   * Puts other code of the same service in place of the current one, between two turns of the event loop: what was
   * admitted before finishes on the old code, what comes after runs on the new. Listener, node, wraps and subscriptions
   * stay, and the record is announced again only when it changed. Swaps run one after the other.
   *
   * @throws Error when the name differs, `start` fails, or the service ends; the old code then serves on
   */
  swap(definition: ServiceDefinition, options: SwapOptions = {}): Promise<Swap> {
    const swap = this.swapping.then(() => this.replace(this.host.named(definition), options));
    this.swapping = swap.catch(() => {});
    return swap;
  }

  /**
   * Calls off the calls that run on the current code: its handlers are known not to end. They are answered with the error.
   *
   * @returns how many
   */
  callOff(reason: MicroError): number {
    return this.version.callOff(reason);
  }

  /** Takes it out of the registry and ends its subscriptions, so that nothing new is sent here. Calls are served on. */
  async withdraw(): Promise<void> {
    const record = this.announced;
    this.announced = undefined;
    const ends = [...this.topics.values()].map((topic) => topic.close());
    this.topics.clear();
    if (record !== undefined) ends.push(this.host.registry.deregister(record));
    const failures = (await Promise.allSettled(ends)).flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
    // Whoever stops must not be kept by a registry that is gone: its TTL takes the record away.
    for (const error of failures) this.log.warn("leaving the registry failed", { error });
  }

  /** Refuses new calls, waits for those under way at most so long, then calls them off and closes the listener. */
  async close(limitMs: number): Promise<void> {
    this.refusing = true;
    const closing = this.listener?.close();
    await this.version.drain(limitMs, callsEnded(this.name));
    // The last replies are written, and may not have left: cut off now, their callers would not know that they ran.
    if (closing !== undefined) await withinLimit(lastRepliesMs, "the last replies", () => closing).catch(() => {});
    this.listener?.destroy();
    await closing;
    await this.version.stop(lifecycleLimitMs);
  }

  /** Answers an exchange, from whichever transport it came. */
  accept(exchange: ServerExchange): void {
    if (this.refusing) exchange.refuse(stopping(this.name));
    else serveExchange(this, exchange);
  }

  private async replace(definition: ServiceDefinition, options: SwapOptions): Promise<Swap> {
    const { startLimitMs = 5000, drainLimitMs = 10_000 } = options;
    if (definition.name !== this.name) throw new Error(`"${this.name}" cannot become "${definition.name}" by a swap`);
    const next = new ServiceVersion(this, definition);
    await next.start(startLimitMs);
    if (this.refusing) {
      await next.stop(startLimitMs);
      throw new Error(`"${this.name}" was stopped meanwhile`);
    }

    const old = this.version;
    const inFlight = old.calls;
    const replaced = new ReplacedCode(this, this.host.hooks, old);
    this.version = next;
    this.setRoutes(debugHandlers);
    this.setRoutes(definition.handlers ?? {});
    this.dropRoutes(definition.handlers ?? {});
    for (const topic of this.topics.values()) topic.use(next);
    const at = performance.now();
    const subscribed = this.changeTopics();
    // Messages of topics that it takes no more come to the old code until their subscriptions ended.
    const drained = subscribed.then(() => leave(old, drainLimitMs, startLimitMs));
    const announced = await this.announceChange();
    await subscribed;
    return { inFlight, at, drained, announced, replaced };
  }

  private setRoutes(handlers: Handlers): void {
    for (const [method, definition] of methodsOf(handlers)) {
      const route = this.routes.get(method);
      if (route?.kind === definition.kind) route.replace(this.version, definition);
      else this.routes.set(method, new ServedMethod(this.version, this.host.hooks, method, definition));
    }
  }

  private dropRoutes(handlers: Handlers): void {
    const kept = new Set([...methodsOf(debugHandlers), ...methodsOf(handlers)].map(([method]) => method));
    for (const method of this.routes.keys()) if (!kept.has(method)) this.routes.delete(method);
  }

  private async announce(node: ServiceNode): Promise<void> {
    const record = await this.host.hooks.advertise.promise(createRecord(this.definition, node));
    await this.host.registry.register(record);
    this.announced = record;
  }

  /** Tells the others what the new code offers; what fails here does not undo the swap. */
  private async announceChange(): Promise<boolean> {
    const before = this.announced;
    const [node] = before?.nodes ?? [];
    if (before === undefined || node === undefined) return false;
    try {
      const record = createRecord(this.definition, { ...node, metadata: this.metadata });
      const amended = await this.host.hooks.advertise.promise(record);
      const isChanged = !isDeepStrictEqual(amended, before);
      // A stop may have taken the record back meanwhile; it must not come again.
      if (isChanged && this.announced !== undefined) {
        if (amended.version !== before.version) await this.host.registry.deregister(before);
        await this.host.registry.register(amended);
        this.announced = amended;
      }
      return isChanged;
    } catch (error) {
      this.log.warn("announcing the new code failed", { error });
      return false;
    }
  }

  /** The subscriptions of the current code; one that fails does not undo the swap. */
  private async changeTopics(): Promise<void> {
    try {
      await this.setTopics();
    } catch (error) {
      this.log.warn("subscribing the new code failed", { error });
    }
  }

  /** Subscribes to what the current code takes, and leaves what it does not. */
  private async setTopics(): Promise<void> {
    const wanted = Object.entries(this.definition.subscribers ?? {}).map(([topic, value]) => ({
      topic,
      definition: typeof value === "function" ? { handler: value } : value,
    }));
    for (const [topic, subscribed] of this.topics) {
      const same = wanted.find((one) => one.topic === topic && one.definition.queue === subscribed.queue);
      if (same !== undefined) continue;
      this.topics.delete(topic);
      await subscribed.close();
    }
    for (const { topic, definition } of wanted) {
      if (this.topics.has(topic) || this.refusing) continue;
      const subscribed = new Topic(this.host, (type) => this.codec(type), topic, definition, this.version);
      this.topics.set(topic, subscribed);
      await subscribed.open();
    }
  }
}

const lifecycleLimitMs = 10_000;
const lastRepliesMs = 1000;

async function leave(old: ServiceVersion, drainLimitMs: number, stopLimitMs: number): Promise<number> {
  const dropped = await old.drain(drainLimitMs, callsEnded(old.name));
  await old.stop(stopLimitMs);
  return dropped;
}

/** The 503 of a service that stops: it says that nothing ran, so that the caller may take another node. */
function stopping(service: string): MicroError {
  return new MicroError(service, 503, "the service is stopping", { reason: "stopping", notProcessed: true });
}
