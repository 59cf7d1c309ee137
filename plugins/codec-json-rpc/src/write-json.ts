import { randomUUID } from "node:crypto";
import { unwritable } from "./errors.ts";

/**
 * Writes a value as `JSON.stringify` does, with three differences: `undefined` becomes `{}`, bigints become numbers,
 * and lone surrogates become U+FFFD, as Go writes what is no Unicode, since strict readers refuse them.
 *
 * @throws MicroError 500 when it has a cycle, is a function or a symbol, or fails while it is written
 */
export function writeJson(value: unknown): string {
  const text = stringify(value);
  if (text === undefined) return writeNothing(value);
  return text.includes("\\ud") ? replaceLoneSurrogates(text) : text;
}

function stringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    // One that has bigints fails too, and is written once more with a replacer, which would slow down all others.
    if (error instanceof TypeError) return stringifyBigInts(value);
    throw explain(error);
  }
}

function writeNothing(value: unknown): string {
  if (typeof value === "function" || typeof value === "symbol") throw unwritable(`it is a ${typeof value}`);
  return "{}";
}

// JSON.rawJSON came after Node 20, so a bigint is first written as a string that nobody else can write.
const mark = `bigint ${randomUUID()} `;
const marked = new RegExp(`"${mark}(-?\\d+)"`, "g");

function stringifyBigInts(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, markBigInt)?.replace(marked, "$1");
  } catch (error) {
    throw explain(error);
  }
}

function markBigInt(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${mark}${value}` : value;
}

// JSON.stringify escapes lone surrogates alone, and always in lower case. Other escapes are matched to be passed
// over: in `\\ud800` the first backslash escapes the second.
function replaceLoneSurrogates(text: string): string {
  return text.replace(/\\(?:ud...|.)/g, (found) => (found.startsWith("\\ud") ? "\\ufffd" : found));
}

function explain(error: unknown): unknown {
  if (error instanceof RangeError) return unwritable("it nests too deep", error);
  const problem = error instanceof Error ? error.message : String(error);
  // The engine's message draws the whole cycle, with the names of classes.
  return unwritable(problem.startsWith("Converting circular structure") ? "it has a cycle" : problem, error);
}
