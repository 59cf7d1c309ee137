import { endOfJsonString, Malformed } from "@micro/kernel";
import { type JsonObject, keyOf } from "./read-object.ts";

/**
 * The id of a request or reply. A number that JavaScript cannot hold is a bigint, because a peer that counts in
 * uint64 must get back what it sent; none at all is null.
 */
export type Id = number | bigint | string | null;

/**
 * The id in the parsed object of `text`.
 *
 * @throws Malformed when it is of another type, or a number that could not be echoed as it came
 */
export function readId(envelope: JsonObject, text: string): Id {
  const key = keyOf(envelope, "id");
  const id = key === undefined ? null : envelope[key];
  if (id === null || typeof id === "string" || Number.isSafeInteger(id)) return id as Id;
  if (typeof id !== "number") throw new Malformed(allowed);
  return exactInteger(lastNumber(text, key as string));
}

/** The JSON of an id. Whatever is no {@link Id} becomes `null`, as for a request without one. */
export function writeId(id: unknown): string {
  if (typeof id === "bigint" || Number.isFinite(id)) return String(id);
  return typeof id === "string" ? JSON.stringify(id) : "null";
}

/** The number whose digits stand between two positions; `undefined` when it is not one as JSON writes it, or a large one. */
export function readDigits(text: string, start: number, end: number): number | undefined {
  const first = text.charCodeAt(start) - zero;
  if (end - start === 1) return first >= 0 && first <= 9 ? first : undefined;
  if (end - start < 1 || end - start > 15 || first === 0) return undefined;
  let number = 0;
  for (let at = start; at < end; at++) {
    const digit = text.charCodeAt(at) - zero;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number;
}

const zero = 0x30;
const allowed = '"id" must be an integer of at most 64 bits, a string or null';

function exactInteger(token: string): bigint {
  if (!/^-?\d{1,20}$/.test(token)) throw new Malformed(allowed);
  const id = BigInt(token);
  if (BigInt.asUintN(64, id) !== id && BigInt.asIntN(64, id) !== id) throw new Malformed(allowed);
  return id;
}

/** The number under a key of the outermost object, as it is written; the last one, as `JSON.parse` takes. The text is valid. */
function lastNumber(text: string, key: string): string {
  let token = "";
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    if (character !== '"') continue;
    const end = endOfJsonString(text, at + 1);
    number.lastIndex = end + 1;
    const found = depth === 1 ? number.exec(text)?.[1] : undefined;
    if (found !== undefined && JSON.parse(text.slice(at, end + 1)) === key) token = found;
    at = end;
  }
  return token;
}

const number = /\s*:\s*([-+.\deE]+)/y;
