import { type Body, clientErrorId, type Message, MicroError } from "@micro/kernel";

/**
 * The error of a reply that is not a 200: the MicroError in its body where there is one, else one with the status
 * as its code. A code or a status that is not one of an error becomes 502.
 */
export function replyError(status: number, reply: Message): MicroError {
  const notProcessed = reply.header["Micro-Not-Processed"] === "1";
  const text = lenientText(reply.body);
  const told = MicroError.parse(text);
  if (isErrorCode(told.code)) return new MicroError(told.id, told.code, trim(told.detail), { notProcessed });
  const detail = trim(text) || `the peer answered with status ${status}`;
  return new MicroError(clientErrorId, isErrorCode(status) ? status : 502, detail, { notProcessed });
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
