import type {
  Abortable,
  CallContext,
  Handlers,
  Method,
  ServiceDefinition,
  StartContext,
  SubscriberContext,
} from "@micro/kernel";
import type { Line } from "./bridge.ts";
import type { GuestThread } from "./guest-thread.ts";
import type { ContextOfCall } from "./host-client.ts";
import type { CarriedContext, GuestShape, MethodShape, SubscriberShape } from "./messages.ts";

/** Where the calls of a definition go. */
export interface ForwardTarget {
  /** Throws when there is none any more. */
  readonly ready: GuestThread | Promise<GuestThread>;
  enter(line: Line, context: ContextOfCall): () => void;
  start(context: StartContext): Promise<void>;
  stop(): Promise<void>;
}

/** A service whose handlers run in a worker: as the kernel serves it, it is one like any other. */
export function createDefinition(target: ForwardTarget, shape: GuestShape): ServiceDefinition {
  const { name, version, metadata, methods, subscribers } = shape;
  const handlers: Record<string, Record<string, Method>> = {};
  for (const method of methods) (handlers[method.handler] ??= {})[method.method] = createMethod(target, method);
  return {
    name,
    ...(version === undefined ? {} : { version }),
    ...(metadata === undefined ? {} : { metadata }),
    handlers: handlers as Handlers,
    subscribers: Object.fromEntries(subscribers.map((one) => [one.topic, createSubscriber(target, one)])),
    start: (context) => target.start(context),
    stop: () => target.stop(),
  };
}

function createMethod(target: ForwardTarget, shape: MethodShape): Method {
  const { kind, idempotent } = shape;
  const isFed = kind === "clientStream" || kind === "bidi";
  const open = async (input: unknown, context: CallContext): Promise<OpenCall> => {
    const thread = await target.ready;
    return new OpenCall(target, thread, shape, input, context, isFed);
  };
  const single = async (input: unknown, context: CallContext) => (await open(input, context)).answer();
  const many = async function* (input: unknown, context: CallContext) {
    yield* (await open(input, context)).items();
  };
  const handler = kind === "unary" || kind === "clientStream" ? single : many;
  return { kind, handler: handler as Method["handler"], options: idempotent === undefined ? {} : { idempotent } };
}

function createSubscriber(target: ForwardTarget, { topic, queue }: SubscriberShape) {
  const handler = async (message: unknown, context: SubscriberContext): Promise<void> => {
    const thread = await target.ready;
    const opening = { ask: "message" as const, topic, input: message, ...carriedOf(context) };
    const line = thread.bridge.open(opening, `the message of ${topic}`);
    const leave = follow(target, line, context);
    try {
      await line.result;
    } finally {
      leave();
    }
  };
  return { handler, ...(queue === undefined ? {} : { queue }) };
}

/** A call while it runs in the worker. */
class OpenCall {
  private readonly line: Line;
  private readonly leave: () => void;

  constructor(
    target: ForwardTarget,
    thread: GuestThread,
    { handler, method }: MethodShape,
    input: unknown,
    context: CallContext,
    isFed: boolean,
  ) {
    const { remoteAddress } = context;
    const carried = { ...carriedOf(context), remoteAddress, input: isFed ? undefined : input };
    this.line = thread.bridge.open({ ask: "call", handler, method, ...carried }, `${handler}.${method}: the request`);
    this.leave = follow(target, this.line, context);
    if (isFed) this.feed(input as AsyncIterable<unknown>).catch((error: unknown) => this.line.abort(error));
  }

  async answer(): Promise<unknown> {
    try {
      return await this.line.result;
    } finally {
      this.leave();
    }
  }

  async *items(): AsyncGenerator<unknown> {
    try {
      for (let item = await this.line.receive(); item !== undefined; item = await this.line.receive()) yield item;
      await this.line.result;
    } finally {
      this.leave();
      // Whoever leaves early wants no more.
      this.line.abort(undefined);
    }
  }

  private async feed(items: AsyncIterable<unknown>): Promise<void> {
    for await (const item of items) {
      if (this.line.isEnded) return;
      await this.line.send(item);
    }
    this.line.end();
  }
}

/** Carries a cancellation over, and lets calls of the worker go on with the context. Returns what ends both. */
function follow(target: ForwardTarget, line: Line, context: ContextOfCall): () => void {
  const { cancellation } = context;
  const abortable: Abortable = { abort: (reason) => line.abort(reason) };
  const leave = target.enter(line, context);
  cancellation.add(abortable);
  return () => {
    cancellation.delete(abortable);
    leave();
  };
}

function carriedOf({ metadata, deadline }: ContextOfCall): CarriedContext {
  return { metadata: { ...metadata }, leftMs: deadline - performance.now() };
}
