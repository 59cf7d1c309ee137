import { type Body, invalidRequest, Malformed, type RequestEnvelope } from "@micro/kernel";
import { readDigits, readId } from "./id.ts";
import { isAt, maxDepth, parseJson, readText } from "./read-json.ts";
import { memberOf, readObject } from "./read-object.ts";

/**
 * Reads a request. Its payload is the parsed value, `undefined` where `params` is empty.
 *
 * @throws MicroError 400
 */
export function readRequest(body: Body): RequestEnvelope {
  try {
    const text = readText(body);
    return readGoRequest(text) ?? readAnyRequest(text);
  } catch (error) {
    throw invalidRequest(error);
  }
}

const methodHead = '{"method":"';
const paramsHead = '","params":[';
const idHead = '],"id":';

/**
 * Reads a request in exactly the form in which Go writes it, else answers `undefined`; a third faster than
 * {@link readAnyRequest}, and it makes no object for the envelope.
 *
 * It gives what the full parse gives. Say the text is `{"method":"M","params":[P],"id":N}`, where M has no quote, no
 * backslash and no control character, N is the digits of a JSON number, and P is whatever stands between the first
 * `","params":[` after M and the last `],"id":N}`. Where P alone is one JSON value, the text is an object of three
 * members by JSON's own grammar, and as that grammar is unambiguous no parser can read anything else in it. Where P
 * is not one JSON value (`1,2`, nothing, or `1],"x":[2`) the full parse decides, errors included.
 */
export function readGoRequest(text: string): RequestEnvelope | undefined {
  if (!isAt(text, 0, methodHead)) return undefined;
  const methodEnd = endOfName(text, methodHead.length);
  if (!isAt(text, methodEnd, paramsHead)) return undefined;
  const start = methodEnd + paramsHead.length;
  const idEnd = lastBrace(text);
  const idStart = startOfDigits(text, idEnd);
  const end = idStart - idHead.length;
  if (end < start || !isAt(text, end, idHead)) return undefined;
  const id = readDigits(text, idStart, idEnd);
  if (id === undefined) return undefined;
  try {
    const payload = parseJson(text.slice(start, end), maxDepth);
    return { method: text.slice(methodHead.length, methodEnd), id, payload };
  } catch {
    return undefined;
  }
}

/**
 * Reads a request however it is written, as leniently as Go: names in any case, members and elements that nobody
 * asked for are passed over.
 *
 * @throws Malformed
 */
export function readAnyRequest(text: string): RequestEnvelope {
  const envelope = readObject(text, "a request", maxDepth + 2);
  const method = memberOf(envelope, "method");
  if (typeof method !== "string") throw new Malformed('"method" must be a string');
  if (controlCharacter.test(method)) throw new Malformed('"method" must not have control characters');
  const params = memberOf(envelope, "params");
  if (!Array.isArray(params)) throw new Malformed('"params" must be an array with the request as its element');
  return { method, id: readId(envelope, text), payload: params[0] };
}

const controlCharacter = /\p{Cc}/u;

// The position of the first character that is not printable ASCII, or is a quote or a backslash.
function endOfName(text: string, start: number): number {
  let at = start;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) break;
  }
  return at;
}

// The position of the brace at the end, before at most one line feed; 0 where there is none.
function lastBrace(text: string): number {
  const last = text.length - (text.charCodeAt(text.length - 1) === 0x0a ? 2 : 1);
  return text.charCodeAt(last) === 0x7d ? last : 0;
}

function startOfDigits(text: string, end: number): number {
  let at = end;
  for (; at > 0; at--) {
    const code = text.charCodeAt(at - 1);
    if (code < 0x30 || code > 0x39) break;
  }
  return at;
}
