import { type Body, bodyText } from "@micro/kernel";
import { Malformed } from "./errors.ts";

/** How deep a value may nest; `[]` is 1 deep, `1` is 0. */
export const maxDepth = 64;

/**
 * The text of a body, without a byte order mark at its start.
 *
 * @throws Malformed when it is not UTF-8
 */
export function readText(body: Body): string {
  if (typeof body !== "string") return decodeUtf8(body);
  if (!isWellFormed(body)) throw new Malformed("text with lone surrogates");
  return body.charCodeAt(0) === 0xfeff ? body.slice(1) : body;
}

/**
 * Parses one JSON value.
 *
 * @throws Malformed for all else, for a value that nests deeper than `depth`, and for strings with lone surrogates
 */
export function parseJson(text: string, depth: number): unknown {
  // Each level takes two characters, so a short text cannot be too deep. A long one is looked through before it is
  // parsed, or a body of brackets would cost a hundred times its size. Between them it is cheaper to look at what
  // was parsed (a tenth of the parsing, where the text takes a third).
  const { length } = text;
  if (length > longText && isTextDeeper(text, depth)) throw tooDeep();
  const value = parse(text);
  if (length > 2 * depth && length <= longText && isDeeper(value, depth)) throw tooDeep();
  if (text.includes("\\u") && surrogateEscape.test(text) && hasLoneSurrogate(value)) {
    throw new Malformed("text with lone surrogates");
  }
  return value;
}

/** The position of the quote that ends the string whose first character is at `start`, -1 when none does. */
export function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start); end !== -1; end = text.indexOf('"', end + 1)) {
    let before = end - 1;
    while (before >= start && text.charCodeAt(before) === backslash) before--;
    // Backslashes in pairs stand for themselves; one left over escapes the quote.
    if ((end - before) % 2 === 1) return end;
  }
  return -1;
}

/** Whether `part` stands at that position; a slice is compared four times as fast as `startsWith` does it. */
export function isAt(text: string, position: number, part: string): boolean {
  return text.slice(position, position + part.length) === part;
}

const longText = 65_536;
const backslash = 0x5c;
const quote = 0x22;
const surrogateEscape = /\\u[dD][89a-fA-F]/;

// The decoder is fatal, and takes one byte order mark away.
function decodeUtf8(bytes: Uint8Array): string {
  try {
    return bodyText(bytes);
  } catch {
    throw new Malformed("text is not UTF-8");
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The engine's message quotes the text.
    throw new Malformed("malformed JSON");
  }
}

function tooDeep(): Malformed {
  return new Malformed("nesting too deep");
}

function isTextDeeper(text: string, limit: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = endOfString(text, at + 1);
      if (at === -1) return false;
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > limit) return true;
    } else if (code === 0x7d || code === 0x5d) {
      depth--;
    }
  }
  return false;
}

function isDeeper(value: unknown, limit: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (limit === 0) return true;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) if (isDeeper(value[index], limit - 1)) return true;
    return false;
  }
  const members = value as Record<string, unknown>;
  for (const key in members) if (isDeeper(members[key], limit - 1)) return true;
  return false;
}

// Only after the depth was found to be within its limit.
function hasLoneSurrogate(value: unknown): boolean {
  if (typeof value === "string") return !isWellFormed(value);
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, member]) => !isWellFormed(key) || hasLoneSurrogate(member));
}

// Node 20 has the method, the library of es2023 has not its type. For Latin-1 strings it costs nothing.
function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}
