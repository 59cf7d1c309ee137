import type { ClientNext, ClientRequest, ClientRoute, ClientStream } from "@micro/kernel";
import { callerWithin, readTrace, withTrace } from "./trace.ts";
import { RouteEdges } from "./traffic.ts";
import type { WatchedCall } from "./watched-call.ts";
import { WatchedStream } from "./watched-stream.ts";
import { beginCall, type Watching } from "./watching.ts";

/** Sees the calls of a route from their caller's end, and tells those who serve them who called. */
export function watchClient(watching: Watching, next: ClientNext, route: ClientRoute): ClientNext {
  const { service, method } = route;
  const edges = new RouteEdges(watching.traffic, "call", service, method);
  const begin = (request: ClientRequest): WatchedCall => {
    const carried = readTrace(request.metadata);
    const span = watching.spans.next();
    const head = {
      id: span,
      trace: carried?.trace ?? span,
      parent: carried?.span,
      kind: route.stream ? "stream" : "call",
      caller: callerWithin(carried, request.metadata),
      service,
      method,
    } as const;
    const { metadata } = request;
    request.metadata = withTrace(metadata, head.trace, span, head.caller, service);
    const input = route.stream ? undefined : request.input;
    return beginCall(watching, edges.from(head.caller), head, metadata, input, () => watching.faults.take(span));
  };
  return route.stream ? watchStreams(next, begin) : watchCalls(next, begin);
}

type Begin = (request: ClientRequest) => WatchedCall;

function watchCalls(next: ClientNext, begin: Begin): ClientNext {
  return (request) => {
    const call = begin(request);
    try {
      return call.watch(next(request));
    } catch (error) {
      call.failed(error);
      throw error;
    }
  };
}

function watchStreams(next: ClientNext, begin: Begin): ClientNext {
  return async (request) => {
    const call = begin(request);
    try {
      return new WatchedStream((await next(request)) as ClientStream, call);
    } catch (error) {
      call.failed(error);
      throw error;
    }
  };
}
