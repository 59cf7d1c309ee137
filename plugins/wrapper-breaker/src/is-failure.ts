import type { MicroError } from "@micro/kernel";

/** 500s of the caller's own program. */
const ownMistakes: ReadonlySet<string> = new Set([
  "schema_needed",
  "unwritable_value",
  "unsupported_content_type",
  "stream_closed",
]);

/**
 * Whether an error says that the called service does not work: nobody answered, the connection was lost, the deadline
 * passed, or it said 5xx. A 4xx is an answer.
 */
export function isFailure({ code, reason }: MicroError): boolean {
  if (code === 408) return reason !== "cancelled";
  return code >= 500 && !(reason !== undefined && ownMistakes.has(reason));
}
