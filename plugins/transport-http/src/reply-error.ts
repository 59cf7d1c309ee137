import { type Body, clientErrorId, type Message, MicroError } from "@micro/kernel";

/**
 * The error of a reply that is not a 200: the MicroError in its body where there is one, else one with the status
 * as its code. A code or a status that is not one of an error becomes 502.
 */
export function replyError(status: number, { header, body }: Message): MicroError {
  const text = lenientText(body);
  const told = MicroError.parse(text);
  const options = {
    reason: status === 421 ? "wrong_service" : "refused",
    notProcessed: header["Micro-Not-Processed"] === "1",
    retryAfterMs: delayOf(header["Retry-After"]),
  };
  if (isErrorCode(told.code)) return new MicroError(told.id, told.code, trim(told.detail), options);
  const detail = trim(text) || `the peer answered with status ${status}`;
  return new MicroError(clientErrorId, isErrorCode(status) ? status : 502, detail, options);
}

/** The milliseconds that a `Retry-After` of RFC 9110 §10.2.3 asks to wait: seconds, or a date. */
function delayOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

function isErrorCode(code: number): boolean {
  return code >= 400 && code <= 599;
}

// A text of a peer is a line for people here.
const maxDetail = 1024;

function trim(detail: string): string {
  const line = detail.trim();
  return line.length > maxDetail ? `${line.slice(0, maxDetail)}…` : line;
}

function lenientText(body: Body): string {
  return typeof body === "string" ? body : new TextDecoder().decode(body);
}
