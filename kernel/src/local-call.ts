import { type ClientHost, wrongKind } from "./client-core.ts";
import { type ClientRequest, cancelled, deadlineExceeded } from "./client-request.ts";
import { CallContext } from "./context.ts";
import { deadlines, Expiring } from "./deadline.ts";
import { MicroError } from "./errors.ts";
import { errorFromWire } from "./protocol.ts";
import { runStream, type StreamEnds } from "./run-stream.ts";
import { isPromise, type ServedMethod, singleAnswer } from "./served-method.ts";
import { unknownMethod } from "./server-call.ts";
import type { ServedService } from "./served-service.ts";
import { type ClientStream, iterate, Pipe } from "./stream.ts";

/** Calls a method of the same kernel: with the value itself, or through a codec so that what breaks over a wire breaks here. */
export function callLocal(host: ClientHost, local: ServedService, request: ClientRequest): Promise<unknown> {
  if (host.local === "encode") return callEncoded(host, local, request);
  return callHandler(local, request, request.input);
}

/** Opens a stream to a method of the same kernel. */
export async function openLocal(host: ClientHost, local: ServedService, request: ClientRequest): Promise<ClientStream> {
  const route = routeOf(local, request, true);
  const copy = host.local === "encode" ? copier(host, request) : (value: unknown): unknown => value;
  return new LocalStream(local, route, request, copy);
}

function callHandler(local: ServedService, request: ClientRequest, input: unknown): Promise<unknown> {
  const route = routeOf(local, request, false);
  if (request.cancellation?.aborted === true) throw cancelled(request.cancellation.reason);
  const context = new CallContext(route, request.metadata, input, "local");
  context.expiry = request.expiry;
  local.enter(context);
  let answer: unknown;
  try {
    answer = route.run(context);
    if (isPromise(answer)) return request.boundHandler(answer, context);
    answer = singleAnswer(route, answer);
  } catch (error) {
    context.release();
    return Promise.reject(MicroError.from(error, request.route.service));
  }
  context.release();
  return Promise.resolve(answer);
}

async function callEncoded(host: ClientHost, local: ServedService, request: ClientRequest): Promise<unknown> {
  const copy = copier(host, request);
  try {
    return copy(await callHandler(local, request, copy(request.input)));
  } catch (error) {
    throw asFromWire(error, request.route.service);
  }
}

function routeOf(local: ServedService, { route: { method } }: ClientRequest, isStream: boolean): ServedMethod {
  const route = local.route(method);
  if (route === undefined) throw unknownMethod(local.name, method);
  if ((route.kind !== "unary") !== isStream) throw wrongKind(method, !isStream);
  return route;
}

function copier(host: ClientHost, request: ClientRequest): (value: unknown) => unknown {
  const codec = host.codec(request.options.contentType ?? host.contentType);
  return (value) => codec.decode(codec.encode(value ?? {}));
}

// Over a wire an error arrives without its cause and its class; what belongs to this process stays: deadlines.
function asFromWire(error: unknown, service: string): MicroError {
  const wired = MicroError.from(error, service);
  return wired.reason === undefined ? errorFromWire(JSON.stringify(wired)) : wired;
}

/** A stream within a kernel: two pipes between the caller and the handler. */
class LocalStream extends Expiring implements ClientStream {
  private readonly request: ClientRequest;
  private readonly context: CallContext;
  private readonly copy: (value: unknown) => unknown;
  private readonly toHandler = new Pipe<unknown>();
  private readonly toCaller = new Pipe<unknown>();
  private finished = false;

  constructor(local: ServedService, route: ServedMethod, request: ClientRequest, copy: (value: unknown) => unknown) {
    super();
    this.request = request;
    this.copy = copy;
    this.context = new CallContext(route, request.metadata, undefined, "local");
    this.context.expiry = this.expiry = request.deadline;
    if (this.expiry !== Number.POSITIVE_INFINITY) deadlines.add(this);
    local.enter(this.context);
    runStream(route, this.context, this.handlerEnds()).then(
      () => this.finish(undefined),
      (error) => this.finish(MicroError.from(error, local.name)),
    );
    request.cancellation?.add(this);
  }

  async send(item: unknown): Promise<void> {
    await this.toHandler.send(this.copy(item));
  }

  end(): void {
    this.toHandler.end();
  }

  receive(): Promise<unknown> {
    return this.toCaller.receive();
  }

  close(): void {
    this.abort(new Error("the caller closed the stream"));
  }

  expire(): void {
    this.giveUp(deadlineExceeded());
  }

  abort(reason: unknown): void {
    this.giveUp(cancelled(reason));
  }

  [Symbol.asyncIterator](): AsyncGenerator<unknown, void, undefined> {
    return iterate(this);
  }

  private handlerEnds(): StreamEnds {
    return {
      receive: () => this.toHandler.receive(),
      send: async (item) => {
        // Without this a handler that looks at nothing would go on for a caller that left.
        if (this.finished) throw this.context.cancellation.reason;
        await this.toCaller.send(this.copy(item));
      },
      opening: () => ({}),
    };
  }

  private giveUp(error: MicroError): void {
    if (this.finished) return;
    this.context.abort(error);
    this.finish(error);
  }

  private finish(error: MicroError | undefined): void {
    if (this.finished) return;
    this.finished = true;
    deadlines.delete(this);
    this.request.cancellation?.delete(this);
    this.toHandler.end(error);
    this.toCaller.end(error);
    this.context.release();
  }
}
