import { badRequest, MicroError } from "@micro/wire";
import { type AdmitNext, compose, type HandlerNext, type KernelHooks } from "../contracts/hooks.ts";
import type { CallContext, ContextOwner, HandlerRoute } from "./context.ts";
import type { Method, MethodKind, MethodOptions, StandardResult, StandardSchema } from "./service.ts";

/**
 * A method as a server runs it: the wraps of the `handler` hook, composed once, around a slot. New code goes into the
 * slot, so that the wraps and their state stay.
 */
export class ServedMethod implements HandlerRoute {
  readonly method: string;
  readonly kind: MethodKind;
  /** Lets a call in that came over a transport. */
  readonly admit: AdmitNext;
  /** Runs the handler within its wraps. */
  readonly run: HandlerNext;
  private version: ContextOwner;
  private code: HandlerNext;
  private definition: Method;

  constructor(owner: ContextOwner, hooks: KernelHooks, name: string, definition: Method) {
    this.version = owner;
    this.method = name;
    this.kind = definition.kind;
    this.definition = definition;
    this.code = createSlot(name, definition);
    this.admit = compose<AdmitNext>("admit", hooks.admit.taps, (arrival) => arrival.run(), this);
    this.run = compose<HandlerNext>("handler", hooks.handler.taps, (context) => context.slot(context), this);
  }

  get owner(): ContextOwner {
    return this.version;
  }

  get slot(): HandlerNext {
    return this.code;
  }

  get options(): MethodOptions {
    return this.definition.options;
  }

  /** Puts new code of the same kind behind the wraps; calls that were admitted finish on the old one. */
  replace(owner: ContextOwner, definition: Method): void {
    this.version = owner;
    this.definition = definition;
    this.code = createSlot(this.method, definition);
  }
}

/** Whether a value has to be waited for. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as PromiseLike<unknown>).then === "function";
}

/** Whether a value is a stream of values. */
export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

/** A method's handler with its checks of what goes in and comes out, for `Say.Hello`. */
export function createSlot(name: string, { kind, handler, options }: Method): HandlerNext {
  const call: HandlerNext = (context) => handler(context.input as never, context);
  const checked = kind === "unary" || kind === "clientStream" ? call : streaming(name, kind, call);
  if (options.validate === undefined) return checked;
  return kind === "clientStream" || kind === "bidi"
    ? validatingItems(name, options.validate, checked)
    : validating(name, options.validate, checked, kind === "serverStream");
}

function streaming(name: string, kind: MethodKind, call: HandlerNext): HandlerNext {
  return (context) => {
    const items = call(context);
    if (isAsyncIterable(items)) return items;
    throw new MicroError(context.service, 500, `${name} is marked ${kind}() but did not return an async iterable`);
  };
}

/**
 * The answer of a method that answers once; `{}` when there is none, because `null` crashes a client of 2016.
 *
 * @throws MicroError 500 that names the marker when the handler returned a stream
 */
export function singleAnswer(route: HandlerRoute, value: unknown): unknown {
  if (value === undefined || value === null) return {};
  if (!isAsyncIterable(value)) return value;
  const marker = route.kind === "unary" ? "serverStream()" : "bidi()";
  throw new MicroError(
    route.owner.name,
    500,
    `${route.method} returned an async iterable: put ${marker} around its handler`,
  );
}

function validating(name: string, schema: StandardSchema, call: HandlerNext, isStream: boolean): HandlerNext {
  const run = (context: CallContext, result: StandardResult): unknown => {
    context.input = validated(name, context.service, result);
    return call(context);
  };
  return (context) => {
    const result = schema["~standard"].validate(context.input);
    if (!isPromise(result)) return run(context, result as StandardResult);
    // A stream must be returned at once; what it waits for first is the validation.
    return isStream
      ? flatten(result.then((value) => run(context, value)))
      : result.then((value) => run(context, value));
  };
}

async function* flatten(items: PromiseLike<unknown>): AsyncGenerator<unknown> {
  yield* (await items) as AsyncIterable<unknown>;
}

function validatingItems(name: string, schema: StandardSchema, call: HandlerNext): HandlerNext {
  return (context) => {
    const items = context.input as AsyncIterable<unknown>;
    context.input = validItems(name, context.service, schema, items);
    return call(context);
  };
}

async function* validItems(
  name: string,
  service: string,
  schema: StandardSchema,
  items: AsyncIterable<unknown>,
): AsyncGenerator<unknown> {
  for await (const item of items) yield validated(name, service, await schema["~standard"].validate(item));
}

function validated(name: string, service: string, result: StandardResult): unknown {
  if (result.issues === undefined) return result.value;
  const issues = result.issues.map(({ message, path = [] }) => [path.map(segmentText).join("."), message]);
  const detail = issues.map(([path, message]) => (path ? `${path}: ${message}` : message)).join("; ");
  throw badRequest(service, `${name}: ${detail.slice(0, 1024)}`, { reason: "invalid_input" });
}

function segmentText(segment: unknown): string {
  return String(typeof segment === "object" && segment !== null && "key" in segment ? segment.key : segment);
}
