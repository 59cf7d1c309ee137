import { type Body, bodyText, isJsonDeeper, Malformed } from "@micro/kernel";

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
  if (length > longText && isJsonDeeper(text, depth)) throw tooDeep();
  const value = parse(text);
  if (length > 2 * depth && length <= longText && isDeeper(value, depth)) throw tooDeep();
  if (text.includes("\\u") && surrogateEscape.test(text) && hasLoneSurrogate(value)) {
    throw new Malformed("text with lone surrogates");
  }
  return value;
}

/** Whether `part` stands at that position; a slice is compared four times as fast as `startsWith` does it. */
export function isAt(text: string, position: number, part: string): boolean {
  return text.slice(position, position + part.length) === part;
}

const longText = 65_536;
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
