import { tracingChannel } from "node:diagnostics_channel";
import { Cancellation } from "@micro/limits";
import { type Duration, parseDuration } from "@micro/settings";
import { deadlineExceeded, fromServiceHeader, type Metadata, mergeMetadata, noMetadata } from "@micro/wire";
import type { Context } from "../server/context.ts";
import type { PublishOptions } from "../server/pubsub.ts";
import type { Method, MethodKind, ServiceDefinition } from "../server/service.ts";
import type { ClientCore } from "./client-core.ts";
import { type CallOptions, ClientRequest, type ClientRoute } from "./client-request.ts";
import type { ClientStream } from "./stream.ts";
import { StreamHandle } from "./stream-handle.ts";

/** Calls services by name. `kernel.client` starts calls; `context.client` in a handler carries its context on. */
export interface Client {
  /**
   * Calls a method and waits for its answer.
   *
   * @throws MicroError 404 when nobody offers the service or method, 408 at the deadline, and what the handler threw
   */
  call<Output = unknown>(service: string, method: string, input?: unknown, options?: CallOptions): Promise<Output>;
  /**
   * Opens a stream. An input is sent as the first item; an async iterable is sent item by item and then ended. The
   * stream opens in the background: what goes wrong there is thrown by `send` and `receive`.
   */
  stream<Output = unknown>(
    service: string,
    method: string,
    input?: unknown,
    options?: CallOptions,
  ): ClientStream<unknown, Output>;
  /**
   * A typed client of a service.
   *
   * @example
   * const say = kernel.client.of<typeof greeter>("go.micro.srv.greeter").Say;
   * const { msg } = await say.Hello({ name: "John" });
   */
  of<S extends ServiceDefinition>(service: string, defaults?: CallOptions): ServiceClient<S>;
  /** Sends a message to the subscribers of a topic; resolves when the broker took it. */
  publish(topic: string, message: unknown, options?: PublishOptions): Promise<void>;
}

/** The methods of a service, typed from its definition. */
export type ServiceClient<S> =
  S extends ServiceDefinition<infer H>
    ? { readonly [Name in keyof H]: { readonly [M in keyof H[Name]]: MethodClient<H[Name][M]> } }
    : never;

type MethodClient<M> =
  M extends Method<infer Kind extends MethodKind, infer Input, infer Output>
    ? Kind extends "unary"
      ? UnaryClient<Input, Output>
      : StreamClient<Kind extends "serverStream" ? Input : AsyncIterable<Input>, Input, Output>
    : M extends (...args: infer Args) => infer Result
      ? IsStream<Result> extends true
        ? StreamClient<FirstOf<Args>, FirstOf<Args>, Result extends AsyncIterable<infer Output> ? Output : never>
        : UnaryClient<FirstOf<Args>, Awaited<Result>>
      : never;

// A handler that always throws returns `never`, which extends everything, as `any` does: neither is a stream.
type IsStream<Result> = [Result] extends [never]
  ? false
  : 0 extends 1 & Result
    ? false
    : Result extends AsyncIterable<unknown>
      ? true
      : false;

type FirstOf<Args> = Args extends [infer First, ...unknown[]] ? First : undefined;

type UnaryClient<Input, Output> = undefined extends Input
  ? (input?: Input, options?: CallOptions) => Promise<Output>
  : (input: Input, options?: CallOptions) => Promise<Output>;

interface StreamClient<Opening, Input, Output> {
  /** Opens the stream; with an async iterable sends its items and ends. */
  stream(input?: Opening, options?: CallOptions): ClientStream<Input, Output>;
}

const callChannel = tracingChannel<unknown, CallTrace>("micro:client.call");

/** What the tracing channel `micro:client.call` carries. */
export interface CallTrace {
  readonly service: string;
  readonly method: string;
}

const noOptions: CallOptions = Object.freeze({});

/** The client of a kernel, or of a running handler whose context it carries on. */
export class BoundClient implements Client {
  private readonly core: ClientCore;
  private readonly parent: Context | undefined;
  private readonly base: Metadata;

  constructor(core: ClientCore, parent?: Context, from?: string) {
    this.core = core;
    this.parent = parent;
    const isRoot = parent === undefined && from === undefined;
    this.base = isRoot ? noMetadata : carriedOn(parent?.metadata ?? noMetadata, from);
  }

  call<Output>(
    service: string,
    method: string,
    input: unknown = {},
    options: CallOptions = noOptions,
  ): Promise<Output> {
    try {
      const route = this.core.route(service, method);
      if (callChannel.hasSubscribers) return this.traced(route, input, options) as Promise<Output>;
      return this.run(route, input, options) as Promise<Output>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  stream<Output>(
    service: string,
    method: string,
    input?: unknown,
    options: CallOptions = noOptions,
  ): ClientStream<unknown, Output> {
    const link = this.link(options);
    const open = async (): Promise<ClientStream> => {
      const route = this.core.streamRoute(service, method);
      const request = this.request(route, input, options, link, options.timeout ?? 0);
      return (await this.core.run(request)) as ClientStream;
    };
    return new StreamHandle<Output>(open, input, () => link?.release());
  }

  of<S extends ServiceDefinition>(service: string, defaults: CallOptions = noOptions): ServiceClient<S> {
    const handlerOf = (handler: string): unknown =>
      lazyMembers((name) => this.methodClient(service, `${handler}.${name}`, defaults));
    return lazyMembers(handlerOf) as ServiceClient<S>;
  }

  async publish(topic: string, message: unknown, options: PublishOptions = {}): Promise<void> {
    const metadata = options.metadata === undefined ? this.base : mergeMetadata(this.base, options.metadata);
    const contentType = options.contentType ?? this.core.host.contentType;
    await this.core.host.publish({ topic, message, metadata, contentType, schema: options.input });
  }

  private methodClient(service: string, method: string, defaults: CallOptions): unknown {
    const withDefaults = (options?: CallOptions): CallOptions =>
      options === undefined ? defaults : { ...defaults, ...options };
    return Object.assign(
      (input?: unknown, options?: CallOptions) => this.call(service, method, input, withDefaults(options)),
      {
        stream: (input?: unknown, options?: CallOptions) => this.stream(service, method, input, withDefaults(options)),
      },
    );
  }

  private traced(route: ClientRoute, input: unknown, options: CallOptions): Promise<unknown> {
    const trace: CallTrace = { service: route.service, method: route.method };
    return callChannel.tracePromise(() => this.run(route, input, options), trace);
  }

  private run(route: ClientRoute, input: unknown, options: CallOptions): Promise<unknown> {
    if (options.signal === undefined)
      return this.core.run(this.request(route, input, options, undefined, options.timeout));
    return this.runLinked(route, input, options);
  }

  private async runLinked(route: ClientRoute, input: unknown, options: CallOptions): Promise<unknown> {
    const link = this.link(options);
    try {
      return await this.core.run(this.request(route, input, options, link, options.timeout));
    } finally {
      link?.release();
    }
  }

  private link({ signal }: CallOptions): SignalLink | undefined {
    return signal === undefined ? undefined : new SignalLink(signal, this.parent?.cancellation);
  }

  private request(
    route: ClientRoute,
    input: unknown,
    options: CallOptions,
    link: SignalLink | undefined,
    timeout: Duration | undefined,
  ): ClientRequest {
    const { parent } = this;
    const metadata = options.metadata === undefined ? this.base : mergeMetadata(this.base, options.metadata);
    const timeoutMs = timeout === undefined ? this.core.host.timeoutMs : timeoutMsOf(timeout);
    const cancellation = link === undefined ? parent?.cancellation : link.cancellation;
    const inherited = parent === undefined ? Number.POSITIVE_INFINITY : parent.deadline;
    // A length of its own is resolved when somebody asks, which a call within the kernel seldom does.
    if (inherited === Number.POSITIVE_INFINITY) {
      const expiry = timeoutMs > 0 ? -timeoutMs : inherited;
      return new ClientRequest(route, input, options, metadata, cancellation, timeoutMs, expiry);
    }
    const now = performance.now();
    if (inherited <= now) throw deadlineExceeded();
    const expiry = timeoutMs > 0 ? Math.min(inherited, now + timeoutMs) : inherited;
    return new ClientRequest(route, input, options, metadata, cancellation, 0, expiry);
  }
}

/** Links a caller's signal, and the cancellation of the context it calls from, to one cancellation. */
class SignalLink {
  readonly cancellation = new Cancellation();
  private readonly signal: AbortSignal;
  private readonly parent: Cancellation | undefined;
  private readonly onAbort = (): void => this.cancellation.abort(this.signal.reason);

  constructor(signal: AbortSignal, parent: Cancellation | undefined) {
    this.signal = signal;
    this.parent = parent;
    parent?.add(this.cancellation);
    if (signal.aborted) this.onAbort();
    else signal.addEventListener("abort", this.onAbort, { once: true });
  }

  release(): void {
    this.signal.removeEventListener("abort", this.onAbort);
    this.parent?.delete(this.cancellation);
  }
}

function carriedOn(metadata: Metadata, from: string | undefined): Metadata {
  if (from === undefined || fromServiceHeader in metadata) return metadata;
  return mergeMetadata(metadata, { [fromServiceHeader]: from });
}

const timeouts = new Map<Duration, number>();

function timeoutMsOf(timeout: Duration): number {
  if (typeof timeout === "number" && timeout >= 0) return timeout;
  let milliseconds = timeouts.get(timeout);
  if (milliseconds === undefined) {
    milliseconds = parseDuration(timeout);
    if (milliseconds < 0) throw new TypeError(`a timeout is not negative: ${timeout}`);
    if (timeouts.size < 1000) timeouts.set(timeout, milliseconds);
  }
  return milliseconds;
}

/** An object whose members are made when they are first asked for; `then` is none, so that it can be awaited. */
function lazyMembers(create: (name: string) => unknown): object {
  const members = new Map<string, unknown>();
  return new Proxy(Object.freeze({}), {
    get(_target, name) {
      if (typeof name !== "string" || name === "then") return undefined;
      if (!members.has(name)) members.set(name, create(name));
      return members.get(name);
    },
  });
}
