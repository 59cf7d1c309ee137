import type { CallContext, ClientNext, ClientRoute, HandlerNext, HandlerRoute } from "@micro/kernel";
import type { Limiter } from "./limiter.ts";

/** The wrap of one route of a client. */
export function wrapClient(
  limiter: Limiter,
  per: "service" | "method" = "service",
  next: ClientNext,
  { service, method }: ClientRoute,
): ClientNext {
  const turns = limiter.of(service, per === "method" ? method : "");
  return (request) => {
    const turn = turns.take(request);
    return turn === undefined ? next(request) : turn.then(() => next(request));
  };
}

/** The wrap of one method of a server. */
export function wrapHandler(
  limiter: Limiter,
  per: "service" | "method" = "service",
  next: HandlerNext,
  { owner, method, kind }: HandlerRoute,
): HandlerNext {
  // Whoever asks how a busy service does must hear of it.
  if (method.startsWith("Debug.")) return next;
  const turns = limiter.of(owner.name, per === "method" ? method : "");
  const answersOnce = kind === "unary" || kind === "clientStream";
  return (context) => {
    const turn = turns.take(context);
    if (turn === undefined) return next(context);
    return answersOnce ? turn.then(() => next(context)) : streamAfter(turn, next, context);
  };
}

// A stream must be returned at once; what it waits for first is its turn.
async function* streamAfter(turn: Promise<void>, next: HandlerNext, context: CallContext): AsyncGenerator<unknown> {
  await turn;
  yield* next(context) as AsyncIterable<unknown>;
}
