import { type Body, invalidResponse, Malformed, type ReplyEnvelope } from "@micro/kernel";
import { readDigits, readId } from "./id.ts";
import { isAt, maxDepth, parseJson, readText } from "./read-json.ts";
import { memberOf, readObject } from "./read-object.ts";

/**
 * Reads a reply. Its payload is the parsed result; an error has none.
 *
 * @throws MicroError 502
 */
export function readReply(body: Body): ReplyEnvelope {
  try {
    const text = readText(body);
    return readGoReply(text) ?? readAnyReply(text);
  } catch (error) {
    throw invalidResponse(error);
  }
}

const idHead = '{"id":';
const resultHead = ',"result":';
const success = ',"error":null}';
const successLine = `${success}\n`;

/**
 * Reads a success in exactly the form in which Go writes it, else answers `undefined`. It gives what the full parse
 * gives, for the reason that stands with `readGoRequest`: what is between the head and the end is one JSON value or
 * the full parse decides.
 */
export function readGoReply(text: string): ReplyEnvelope | undefined {
  if (!isAt(text, 0, idHead)) return undefined;
  const idEnd = text.indexOf(",", idHead.length);
  if (idEnd === -1 || !isAt(text, idEnd, resultHead)) return undefined;
  const start = idEnd + resultHead.length;
  const end = startOfSuccess(text);
  if (end < start) return undefined;
  const id = readDigits(text, idHead.length, idEnd);
  if (id === undefined) return undefined;
  try {
    return { id, error: undefined, payload: parseJson(text.slice(start, end), maxDepth) };
  } catch {
    return undefined;
  }
}

/**
 * Reads a reply however it is written: later peers answer with a text as the id, and with a null as the result.
 *
 * @throws Malformed
 */
export function readAnyReply(text: string): ReplyEnvelope {
  const envelope = readObject(text, "a reply", maxDepth + 1);
  const id = readId(envelope, text);
  const error = readError(memberOf(envelope, "error"));
  return { id, error, payload: error === undefined ? memberOf(envelope, "result") : undefined };
}

function readError(error: unknown): string | undefined {
  if (error === undefined || error === null) return undefined;
  if (typeof error !== "string") throw new Malformed('"error" must be a string or null');
  return error === "" ? "unspecified error" : error;
}

function startOfSuccess(text: string): number {
  const end = text.length - success.length;
  if (isAt(text, end - 1, successLine)) return end - 1;
  return isAt(text, end, success) ? end : -1;
}
