import { Malformed } from "@micro/kernel";
import { parseJson } from "./read-json.ts";

/** A parsed JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Parses a text that must be an object; `what` names it to people.
 *
 * @throws Malformed
 */
export function readObject(text: string, what: string, depth: number): JsonObject {
  const value = parseJson(text, depth);
  if (Array.isArray(value)) throw new Malformed(`${what} must be an object; batches are not supported`);
  if (typeof value !== "object" || value === null) throw new Malformed(`${what} must be an object`);
  return value as JsonObject;
}

/** The member of that name, `undefined` when it has none. See {@link keyOf}. */
export function memberOf(object: JsonObject, name: string): unknown {
  const key = keyOf(object, name);
  return key === undefined ? undefined : object[key];
}

/** The key of that name in any case, as Go matches them: the exact one, else the last of the others. */
export function keyOf(object: JsonObject, name: string): string | undefined {
  if (Object.hasOwn(object, name)) return name;
  return Object.keys(object).findLast((key) => key.toLowerCase() === name);
}
