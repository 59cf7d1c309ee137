import { bodyText, type Header, isJsonDeeper, type Message } from "@micro/kernel";
import { malformed, refused } from "./errors.ts";
import { isTopic } from "./names.ts";
import { isPlainText } from "./plain-text.ts";
import { laterTopicHeader, topicHeader } from "./write-message.ts";

/** A message that came, with its topic. */
export interface Arrival {
  readonly topic: string;
  readonly message: Message;
}

/**
 * Reads what was posted. Stricter than Go, which takes lone surrogates and names in any case; `Header` and `Body` may
 * be null, as Go writes what is empty.
 *
 * @throws MicroError 400, or 431 for too many headers, in a fixed phrase that repeats nothing of the input
 */
export function readMessage(bytes: Uint8Array): Arrival {
  const { Header: header, Body: body } = parse(bytes);
  const { topic, rest } = readHeader(header);
  return { topic, message: { header: rest, body: readBody(body) } };
}

function parse(bytes: Uint8Array): { readonly Header?: unknown; readonly Body?: unknown } {
  const text = decode(bytes);
  // A body of brackets alone would keep the parser busy for a second.
  if (isJsonDeeper(text, maxDepth)) throw malformed("nesting too deep");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed("malformed JSON");
  }
  if (isObject(value)) return value;
  throw malformed("the message is not an object");
}

function decode(bytes: Uint8Array): string {
  try {
    return bodyText(bytes);
  } catch {
    throw malformed("text is not UTF-8");
  }
}

function readHeader(header: unknown): { readonly topic: string; readonly rest: Header } {
  if (header !== undefined && header !== null && !isObject(header)) throw malformed("Header is not an object");
  // Without a prototype, so that `__proto__` is a name like any other.
  const rest: Record<string, string> = Object.create(null);
  let topic = "";
  let length = 0;
  const pairs = Object.entries(header ?? {});
  for (const [name, value] of pairs) {
    if (typeof value !== "string") throw malformed("a header is not a string");
    if (!isPlainText(name) || !isPlainText(value)) throw malformed("a header has control characters");
    if (name === topicHeader) {
      topic = value;
      continue;
    }
    length += name.length + value.length;
    if (name !== laterTopicHeader) rest[name] = value;
  }
  if (pairs.length > maxHeaders || length > maxHeaderLength) throw refused(431, "the headers are too large");
  if (topic === "") throw malformed("Topic not found");
  if (!isTopic(topic)) throw malformed("invalid topic");
  return { topic, rest };
}

function readBody(body: unknown): Uint8Array {
  if (body === undefined || body === null) return new Uint8Array();
  if (typeof body !== "string" || !isBase64(body)) throw malformed("Body is not base64");
  return Buffer.from(body, "base64");
}

// What Node decodes without a complaint: anything.
function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const maxHeaders = 100;
const maxHeaderLength = 16 * 1024;

// Members that nobody knows are passed over, whatever they hold.
const maxDepth = 64;
