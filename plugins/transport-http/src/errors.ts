import { clientErrorId, MicroError, timedOut } from "@micro/kernel";

/** The id of the errors that a server answers with before any service is known. */
export const serverErrorId = "go.micro.server";

/**
 * 408: the caller called it off; a MicroError that it did so with is what it gets. Pass true when it is certain that no
 * byte of the request left.
 */
export function cancelled(cause: unknown, notProcessed = false): MicroError {
  if (MicroError.is(cause)) return notProcessed ? unprocessed(cause) : cause;
  return timedOut(clientErrorId, "context canceled", { reason: "cancelled", cause, notProcessed });
}

/** The same error, of which it is certain that no byte of the request left. */
export function unprocessed({ id, code, detail, reason, cause }: MicroError): MicroError {
  return new MicroError(id, code, detail, { ...(reason === undefined ? {} : { reason }), cause, notProcessed: true });
}

/** 500: nobody answered at the address. */
export function dialFailed(address: string, why: string, cause?: unknown): MicroError {
  const detail = `could not connect to ${address}: ${why}`;
  return new MicroError(clientErrorId, 500, detail, { reason: "dial_failed", notProcessed: true, cause });
}

/** 500: the peer went away before a byte of its reply came. Pass true when it is certain that no byte of the request left. */
export function connectionLost(address: string, cause?: unknown, notProcessed = false): MicroError {
  const detail = `the connection to ${address} was lost`;
  return new MicroError(clientErrorId, 500, detail, { reason: "connection_lost", cause, notProcessed });
}

/** 502: the connection broke in the middle of the reply, so the request was carried out. */
export function replyLost(address: string, cause?: unknown): MicroError {
  const detail = `the connection to ${address} was lost in the middle of the reply`;
  return new MicroError(clientErrorId, 502, detail, { reason: "reply_lost", cause });
}

/** 502: what came is no reply. */
export function invalidReply(why: string): MicroError {
  return new MicroError(clientErrorId, 502, `invalid response: ${why}`, { reason: "invalid_response" });
}

/** 500: the caller asked for an exchange on a connection that cannot carry one. Ask `usable` first. */
export function notUsable(address: string): MicroError {
  const detail = `the connection to ${address} is not usable; ask for a new one`;
  return new MicroError(clientErrorId, 500, detail, { reason: "connection_lost", notProcessed: true });
}

/** 400: a header that cannot be written. Nothing was sent. */
export function invalidMetadata(name: string, why: string): MicroError {
  const shown = JSON.stringify(name.length > 64 ? `${name.slice(0, 64)}…` : name);
  const detail = `invalid metadata: ${why} of header ${shown}`;
  return new MicroError(clientErrorId, 400, detail, { reason: "invalid_metadata", notProcessed: true });
}

/** 408, told to the handler of a call whose caller left. */
export function clientClosed(): MicroError {
  return timedOut(serverErrorId, "client closed the connection", { reason: "cancelled" });
}

/** 500, told to a handler whose connection broke. */
export function clientLost(cause?: unknown): MicroError {
  const detail = "the connection to the client was lost";
  return new MicroError(serverErrorId, 500, detail, { reason: "connection_lost", cause });
}

/** 503: the listener is closing, and what was sent to it just now did not run. */
export function stopping(): MicroError {
  const options = { reason: "stopping", notProcessed: true };
  return new MicroError(serverErrorId, 503, "the service is stopping", options);
}

/** 500: the address cannot be bound. */
export function listenFailed(address: string, why: string, cause?: unknown): MicroError {
  const detail = `could not listen on ${address}: ${why}`;
  return new MicroError(serverErrorId, 500, detail, { reason: "listen_failed", cause });
}
