import type { CallContext, HandlerNext, HandlerRoute, SchemaMapping } from "@micro/kernel";
import { callerOf, outside, readTrace, withTrace } from "./trace.ts";
import { RouteEdges } from "./traffic.ts";
import type { WatchedCall } from "./watched-call.ts";
import { beginCall, type Watching } from "./watching.ts";

/** A value with a schema as it looks in JSON; the same where there is nothing to map. */
export type AsJson = (schema: unknown, value: unknown) => unknown;

/** Makes one of the mappings of a kernel. Nothing is mapped before somebody writes the value down. */
export function jsonMapping(mappingOf: (schema: unknown) => SchemaMapping | undefined): AsJson {
  return (schema, value) => {
    if (schema === undefined || value === undefined) return value;
    return { toJSON: () => mappingOf(schema)?.toJson(value) ?? value };
  };
}

/**
 * Sees the calls that a method serves. Those that were made in this process are seen at their caller's end already; of
 * them only what the handler throws is noted, as no stack comes there.
 */
export function watchHandler(
  watching: Watching,
  next: HandlerNext,
  route: HandlerRoute,
  asJson: AsJson = (_schema, value) => value,
): HandlerNext {
  const service = route.owner.name;
  const edges = new RouteEdges(watching.traffic, "call", service, route.method);
  const begin = (context: CallContext): WatchedCall | undefined => {
    const carried = readTrace(context.metadata);
    // One that names another service was made for that one, which handed it on with its metadata and said nothing.
    const isForUs = carried?.callee === service;
    if (isForUs && watching.spans.isOwn(carried.span)) return undefined;
    const span = isForUs ? carried.span : watching.spans.next();
    const head = {
      id: span,
      trace: carried?.trace ?? span,
      parent: isForUs ? undefined : carried?.span,
      kind: route.kind === "unary" ? "call" : "stream",
      caller: isForUs ? carried.caller || outside : callerOf(carried, context.metadata),
      service,
      method: route.method,
    } as const;
    const { metadata } = context;
    if (!isForUs) context.metadata = withTrace(metadata, head.trace, span, head.caller, service);
    const input = takesStream(route) ? undefined : asJson(route.options.input, context.input);
    return beginCall(watching, edges.from(head.caller), head, metadata, input);
  };
  const { calls, faults } = watching;
  const noteFault: HandlerNext = (context) => {
    const { span = "" } = readTrace(context.metadata) ?? {};
    return noteThrown(next, context, (error) => faults.put(span, error));
  };
  return (context) => {
    const call = begin(context);
    if (call === undefined) return calls.capturing ? noteFault(context) : next(context);
    const { input, output } = route.options;
    try {
      if (takesStream(route))
        context.input = watchInput(context.input as AsyncIterable<unknown>, (item) => call.sent(asJson(input, item)));
      const answer = next(context);
      const show = (value: unknown): unknown => asJson(output, value);
      return answersStream(route) ? watchOutput(answer, call, show) : call.watch(answer, show);
    } catch (error) {
      call.failed(error);
      throw error;
    }
  };
}

function takesStream({ kind }: HandlerRoute): boolean {
  return kind === "clientStream" || kind === "bidi";
}

function answersStream({ kind }: HandlerRoute): boolean {
  return kind === "serverStream" || kind === "bidi";
}

async function* watchInput(items: AsyncIterable<unknown>, onItem: (item: unknown) => void): AsyncGenerator<unknown> {
  for await (const item of items) {
    onItem(item);
    yield item;
  }
}

async function* watchOutput(
  items: unknown,
  call: WatchedCall,
  show: (item: unknown) => unknown,
): AsyncGenerator<unknown> {
  try {
    for await (const item of items as AsyncIterable<unknown>) {
      call.received(show(item));
      yield item;
    }
  } catch (error) {
    call.failed(error);
    throw error;
  } finally {
    call.closed();
  }
}

/** Runs a handler, and tells of what it throws, now or later. */
function noteThrown(next: HandlerNext, context: CallContext, onError: (error: unknown) => void): unknown {
  let answer: unknown;
  try {
    answer = next(context);
  } catch (error) {
    onError(error);
    throw error;
  }
  if (answer instanceof Promise) answer.then(undefined, onError);
  return answersStream(context.route) ? noteThrownLater(answer as AsyncIterable<unknown>, onError) : answer;
}

async function* noteThrownLater(items: AsyncIterable<unknown>, onError: (error: unknown) => void) {
  try {
    yield* items;
  } catch (error) {
    onError(error);
    throw error;
  }
}
