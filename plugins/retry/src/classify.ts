import { type ClientRequest, MicroError } from "@micro/kernel";
import { attemptTimeout } from "./attempt-limit.ts";

/**
 * What a failed try says about the call:
 * - `unsent`: no byte of it left;
 * - `refused`: the node says that it did not run it;
 * - `stale`: a kept connection broke before a byte of the reply, most likely because the peer had closed it;
 * - `unknown`: it may have run;
 * - `final`: it ran, or will never run, or it failed further down.
 */
export type Failure = "unsent" | "refused" | "stale" | "unknown" | "final";

/** The kind of failure that the latest try of a request ended with. */
export function classify(error: unknown, request: ClientRequest): Failure {
  if (!MicroError.is(error)) return "final";
  if (error.notProcessed) return classifyUnprocessed(error);
  // It was given up before it had a connection.
  if (error.reason === attemptTimeout && request.lastAttempt?.sent === undefined) return "unsent";
  // The messages of an open stream are nobody's to repeat.
  if (request.route.stream) return "final";
  if (error.reason === "connection_lost") return request.lastAttempt?.sent?.isReused === true ? "stale" : "unknown";
  return isWorthAnother(error) && isFromNode(error, request.route.service) ? "unknown" : "final";
}

const refusals: ReadonlySet<number> = new Set([421, 429, 503]);

function classifyUnprocessed({ code, reason }: MicroError): Failure {
  if (reason === "dial_failed" || reason === "connection_lost" || reason === "address_not_allowed") return "unsent";
  return refusals.has(code) ? "refused" : "final";
}

const passing: ReadonlySet<number> = new Set([408, 502, 503, 504]);

function isWorthAnother({ code, reason }: MicroError): boolean {
  return passing.has(code) && reason !== "cancelled" && reason !== "invalid_response";
}

/**
 * Whether the called node itself failed. A handler that hands on the error of a call of its own hands on its id too:
 * the one who made that call has tried again already, and if every hop did so, the tries would multiply.
 */
function isFromNode({ id, reason }: MicroError, service: string): boolean {
  // A reason never travels, so whatever has one was found out on this side of the wire.
  return reason !== undefined || id === service || id.startsWith(`${service}.`);
}
