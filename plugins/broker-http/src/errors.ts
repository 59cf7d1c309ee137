import { badRequest, MicroError, notFound } from "@micro/kernel";

/** The id that go-micro's brokers give to their errors. */
export const errorId = "go.micro.broker";

/** 503: the broker is closed. */
export function brokerClosed(): MicroError {
  return new MicroError(errorId, 503, "the http broker is closed", { reason: "broker_closed", notProcessed: true });
}

/** 503: too many messages are on their way already. */
export function overloaded(): MicroError {
  const detail = "too many messages are being published; wait for some of them before the next";
  return new MicroError(errorId, 503, detail, { reason: "broker_overloaded", notProcessed: true });
}

/** 413: no subscriber would take it. */
export function messageTooLarge(bytes: number, maxBytes: number): MicroError {
  const detail = `the message takes ${bytes} bytes as JSON, more than the ${maxBytes} that may be sent`;
  return new MicroError(errorId, 413, detail, { reason: "message_too_large", notProcessed: true });
}

/** 400: a topic or the name of a queue group that cannot travel. */
export function invalidName(what: string, rule: string): MicroError {
  return badRequest(errorId, `invalid ${what}: ${rule}`, { notProcessed: true });
}

/** 400: a header that cannot travel. */
export function invalidHeader(name: string): MicroError {
  const shown = JSON.stringify(name.slice(0, 64));
  const detail = `invalid metadata ${shown}: names and values are text without control characters`;
  return badRequest(errorId, detail, { reason: "invalid_metadata", notProcessed: true });
}

/** 500: the address cannot be bound. */
export function listenFailed(address: string, why: string, cause?: unknown): MicroError {
  const detail = `the http broker could not listen on ${address}: ${why}`;
  return new MicroError(errorId, 500, detail, { reason: "listen_failed", cause });
}

// What publishers are told: fixed phrases, in which nothing of theirs stands.

/** 400: what came is no message. */
export function malformed(phrase: string): MicroError {
  return badRequest(errorId, phrase);
}

/** 404: nobody has that subscription, or not any more. */
export function unknownSubscription(): MicroError {
  return notFound(errorId, "no such subscription");
}

/** 503: the subscriber is too far behind. */
export function tooFarBehind(): MicroError {
  return new MicroError(errorId, 503, "the subscriber is too far behind");
}

/** Any other status. */
export function refused(code: number, phrase: string): MicroError {
  return new MicroError(errorId, code, phrase);
}
