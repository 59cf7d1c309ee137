import type { Client } from "../client/client.ts";
import type { Logger } from "../contracts/log.ts";
import type { CallContext } from "./context.ts";
import type { SubscriberContext } from "./pubsub.ts";

/** How many messages go each way: one and one, one and many, many and one, many and many. */
export type MethodKind = "unary" | "serverStream" | "clientStream" | "bidi";

/** What stands with a method besides its handler. */
export interface MethodOptions {
  /** The schema of the request, for codecs that need one: a protobuf-es message or an Avro type. */
  readonly input?: unknown;
  /** The schema of the answer, or of each answer of a stream. */
  readonly output?: unknown;
  /**
   * Whether running it twice does no harm, so that a call whose fate is unknown may be tried again on another node.
   * Advertised in the registry. Default false.
   */
  readonly idempotent?: boolean;
  /** Checks each input before the handler sees it, and may change it: any Standard Schema. Issues become a 400. */
  readonly validate?: StandardSchema;
}

/** The part of a Standard Schema (standardschema.dev) that is used: zod, valibot, arktype and others have it. */
export interface StandardSchema {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult | Promise<StandardResult>;
  };
}

/** The outcome of a validation. */
export type StandardResult =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: readonly unknown[] | undefined }[] };

/** A method with its kind and options, as the markers make it. */
export interface Method<Kind extends MethodKind = MethodKind, Input = unknown, Output = unknown> {
  readonly kind: Kind;
  /** Takes an input, or an async iterable of inputs; which type that is stands in `~types`. */
  readonly handler: (input: never, context: CallContext) => unknown;
  readonly options: MethodOptions;
  /** Carries the types; never set. */
  readonly "~types"?: { readonly input: Input; readonly output: Output };
}

type UnaryHandler<Input, Output> = (input: Input, context: CallContext) => Output | Promise<Output>;
type ServerStreamHandler<Input, Output> = (input: Input, context: CallContext) => AsyncIterable<Output>;
type ClientStreamHandler<Input, Output> = (
  items: AsyncIterable<Input>,
  context: CallContext,
) => Output | Promise<Output>;
type BidiHandler<Input, Output> = (items: AsyncIterable<Input>, context: CallContext) => AsyncIterable<Output>;

/**
 * Gives a handler options; one that a marker made keeps its kind.
 *
 * @example
 * Hello: method({ idempotent: true }, async ({ name }: { name: string }) => ({ msg: `Hello ${name}` }))
 */
export function method<M extends AnyMethod>(options: MethodOptions, handler: M): M;
export function method<Input, Output>(
  options: MethodOptions,
  handler: ServerStreamHandler<Input, Output>,
): Method<"serverStream", Input, Output>;
export function method<Input, Output>(
  options: MethodOptions,
  handler: UnaryHandler<Input, Output>,
): Method<"unary", Input, Output>;
export function method(options: MethodOptions, handler: AnyHandler | AnyMethod): Method {
  return { ...resolveMethod(handler), options };
}

/**
 * Marks a handler that answers one request with many items. An async generator function needs no mark; one that was
 * compiled to an older target, or any function that returns an async iterable, does.
 */
export function serverStream<I, O>(handler: ServerStreamHandler<I, O>): Method<"serverStream", I, O> {
  return createMethod("serverStream", handler);
}

/** Marks a handler that takes many items and answers once. */
export function clientStream<I, O>(handler: ClientStreamHandler<I, O>): Method<"clientStream", I, O> {
  return createMethod("clientStream", handler);
}

/** Marks a handler that takes many items and answers with many, each side at its own pace. */
export function bidi<I, O>(handler: BidiHandler<I, O>): Method<"bidi", I, O> {
  return createMethod("bidi", handler);
}

// biome-ignore lint/suspicious/noExplicitAny: a handler may take any input; its own annotation is what counts
type AnyHandler = (input: any, context: CallContext) => unknown;
// biome-ignore lint/suspicious/noExplicitAny: likewise
type AnyMethod = Method<MethodKind, any, unknown>;

/** Handlers by name and method: `{ Say: { Hello: async (input, context) => … } }`. */
export type Handlers = Readonly<Record<string, Readonly<Record<string, AnyHandler | AnyMethod>>>>;

/** Refuses a bare handler whose input is an async iterable: a server must know the kind before the call. */
export type CheckedHandlers<H extends Handlers> = {
  readonly [Name in keyof H]: {
    readonly [M in keyof H[Name]]: H[Name][M] extends AnyMethod
      ? H[Name][M]
      : TakesStream<H[Name][M]> extends true
        ? "a handler that takes an AsyncIterable needs clientStream() or bidi() around it"
        : H[Name][M];
  };
};

// `any` inputs are no streams, though `any` extends everything.
type TakesStream<Handler> = Handler extends (input: infer Input, ...rest: never[]) => unknown
  ? 0 extends 1 & Input
    ? false
    : [Input] extends [AsyncIterable<unknown>]
      ? true
      : false
  : false;

/** Handles the messages of a topic. What it throws is counted and logged. */
// biome-ignore lint/suspicious/noExplicitAny: a subscriber may take any message; its own annotation is what counts
export type Subscriber = (message: any, context: SubscriberContext) => void | Promise<void>;

/** A subscriber with options. */
export interface SubscriberDefinition {
  /** The queue group: of all that share it, one gets each message. Without one everybody does. */
  readonly queue?: string;
  /** The schema of the message, for codecs that need one. */
  readonly input?: unknown;
  readonly handler: Subscriber;
}

/** What a service is: a name, handlers and subscribers. */
export interface ServiceDefinition<H extends Handlers = Handlers> {
  /** The name others call it by: `go.micro.srv.greeter`. */
  readonly name: string;
  /** Default `1.0.0`, as in go-micro 2016. */
  readonly version?: string;
  /** Metadata of its node in the registry. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly handlers?: H;
  /** By topic. */
  readonly subscribers?: Readonly<Record<string, Subscriber | SubscriberDefinition>>;
  /**
   * Runs before the service can be reached: the place to open what the handlers need. When new code takes over in
   * `micro dev` it runs while the old code still serves. What it throws keeps the service from being served, as does
   * taking longer than 10 seconds, 5 in `micro dev`.
   */
  readonly start?: (context: StartContext) => void | Promise<void>;
  /** Runs when the last call ended, also after a start that failed: the place to close what `start` opened. Likewise limited. */
  readonly stop?: () => void | Promise<void>;
  /**
   * `micro dev` runs the service in a worker thread: for one that blocks, changes globals, or must not share the process.
   * It is read from the file's text before anything runs, so it has to be written as this literal. Elsewhere it says nothing.
   */
  readonly isolate?: "worker";
}

/** What the `start` of a service gets. */
export interface StartContext {
  readonly client: Client;
  /** The service's logger. */
  readonly log: Logger;
  /** Aborts when the service, or this version of its code, ends. */
  readonly signal: AbortSignal;
}

/** The letters of a service name, from the rules that registries and gateways share. */
const namePattern = /^[a-zA-Z0-9]([a-zA-Z0-9._-]{0,126}[a-zA-Z0-9])?$/;

/**
 * Checks a service and keeps its types, so that `client.of<typeof service>()` knows them.
 *
 * @throws TypeError when a name is not well formed or a handler is not a function
 */
export function defineService<const H extends Handlers = Record<never, never>>(
  definition: Omit<ServiceDefinition<H>, "handlers"> & { readonly handlers?: H & CheckedHandlers<H> },
): ServiceDefinition<H> {
  const { name, handlers = {} } = definition;
  if (typeof name !== "string" || !namePattern.test(name)) {
    throw new TypeError(`a service name is letters, digits, dots, dashes and underscores, at most 128, not "${name}"`);
  }
  for (const [handler, methods] of Object.entries<Readonly<Record<string, unknown>>>(handlers)) {
    for (const [methodName, value] of Object.entries(methods)) checkMethod(name, handler, methodName, value);
  }
  return definition;
}

/** What a handler or method comes down to. */
export function resolveMethod(value: unknown): Method {
  return isMethod(value) ? value : createMethod(kindOf(value), value as AnyHandler);
}

/** The methods of handlers, each under its full name, `Say.Hello`. */
export function* methodsOf(handlers: Handlers = {}): Generator<readonly [name: string, method: Method]> {
  for (const [handler, methods] of Object.entries(handlers)) {
    for (const [name, value] of Object.entries(methods)) yield [`${handler}.${name}`, resolveMethod(value)];
  }
}

function checkMethod(service: string, handler: string, method: string, value: unknown): void {
  if (!/^\w+$/.test(handler) || !/^\w+$/.test(method)) {
    throw new TypeError(`service "${service}": "${handler}.${method}" is not a method name: use letters, digits and _`);
  }
  if (typeof value !== "function" && !isMethod(value)) {
    throw new TypeError(
      `service "${service}": ${handler}.${method} must be a function or come from method(), bidi(), …`,
    );
  }
}

function isMethod(value: unknown): value is Method {
  return typeof value === "object" && value !== null && "kind" in value && "handler" in value;
}

const AsyncGeneratorFunction = Object.getPrototypeOf(async function* () {}) as object;

function kindOf(handler: unknown): MethodKind {
  return typeof handler === "function" && Object.getPrototypeOf(handler) === AsyncGeneratorFunction
    ? "serverStream"
    : "unary";
}

function createMethod<Kind extends MethodKind, Input, Output>(
  kind: Kind,
  handler: (input: never, context: CallContext) => unknown,
): Method<Kind, Input, Output> {
  if (typeof handler !== "function") throw new TypeError(`a ${kind} method needs a handler function`);
  return { kind, handler, options: {} };
}
