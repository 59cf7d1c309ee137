import { MicroError } from "@micro/kernel";
import type { Verdict } from "./node-health.ts";

/** What the end of a try says of the node that it went to. */
export function judge(error: unknown, service: string, isReused: boolean, tookMs: number): Verdict {
  if (!MicroError.is(error)) return "unknown";
  const { code, reason, notProcessed } = error;
  // A kept connection is closed by idle peers too.
  if (reason === "connection_lost") return isReused ? "unknown" : "failed";
  if (reason !== undefined && faults.has(reason)) return "failed";
  if (reason === "deadline_exceeded" || reason === "attempt_timeout")
    return tookMs >= patienceMs ? "timedOut" : "unknown";
  // What a node refuses because it has too much to do, or stops, is no fault: the others would get its load besides theirs.
  if (reason === "cancelled" || notProcessed) return "unknown";
  if (code < 500) return "answered";
  return isFromNode(error, service) ? "failed" : "unknown";
}

const faults: ReadonlySet<string> = new Set(["dial_failed", "address_not_allowed", "reply_lost", "invalid_response"]);

// A shorter time says more of the caller than of the node.
const patienceMs = 100;

/**
 * Whether the node itself failed. A handler that hands on the error of a call of its own hands on its id too, and then
 * another node, or service, is to blame.
 */
function isFromNode({ id, reason }: MicroError, service: string): boolean {
  // A reason never travels, so whatever has one was found out on this side of the wire.
  return reason !== undefined || id === service || id.startsWith(`${service}.`);
}
