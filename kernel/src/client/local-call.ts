import { badRequest, cancelled, clientErrorId, MicroError } from "@micro/wire";
import type { Connection } from "../contracts/transport.ts";
import { MemoryListener } from "../memory/memory-transport.ts";
import { CallContext } from "../server/context.ts";
import { isPromise, type ServedMethod, singleAnswer } from "../server/served-method.ts";
import type { ServedService } from "../server/served-service.ts";
import { unknownMethod } from "../server/server-call.ts";
import type { ClientRequest } from "./client-request.ts";
import type { Target } from "./remote-call.ts";

/** Calls a method of the same kernel with the value itself; the answer is the handler's own object. */
export function callLocal(local: ServedService, request: ClientRequest): Promise<unknown> {
  const route = localRoute(local, request);
  if (request.cancellation?.aborted === true) throw cancelled(request.cancellation.reason);
  const context = new CallContext(route, request.metadata, request.input, "local");
  context.expiry = request.expiry;
  route.owner.enter();
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

/**
 * The way to a service of the same kernel with no transport between: everything goes through a codec, so that what
 * will break over a wire breaks here.
 */
export function localTarget(local: ServedService, request: ClientRequest): Target {
  localRoute(local, request);
  const listener = new MemoryListener(
    local.name,
    (exchange) => local.accept(exchange),
    () => {},
  );
  const connect = (): Connection => listener.connect(local.name, "local");
  return { metadata: local.metadata, attempt: undefined, schemas: request.options, connect };
}

function localRoute(local: ServedService, { route: { method, stream } }: ClientRequest): ServedMethod {
  const route = local.route(method);
  if (route === undefined) throw unknownMethod(local.name, method);
  if ((route.kind !== "unary") !== stream) throw wrongKind(method, !stream);
  return route;
}

function wrongKind(method: string, isStream: boolean): MicroError {
  const how = isStream ? "streams: open it with .stream()" : "does not stream: call it";
  return badRequest(clientErrorId, `${method} ${how}`, { reason: "wrong_kind", notProcessed: true });
}
