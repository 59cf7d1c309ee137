import { parseDuration } from "./duration.ts";
import type { DurationFlag, Flag, FlagValue, NumberFlag, StringFlag } from "./flags.ts";

/**
 * What something given for a flag means: a text from the command line or the environment, several texts, `true`
 * for a bare switch, or the value itself from a config. `undefined` when the flag does not allow it.
 */
export function parseFlagValue(flag: Flag, given: unknown): FlagValue | undefined {
  switch (flag.type) {
    case "string":
      return parseString(flag, given);
    case "number":
      return parseNumber(flag, given);
    case "duration":
      return parseLength(flag, given);
    case "boolean":
      return parseBoolean(given);
    case "list":
      return parseList(given);
  }
}

/** The value of a flag that nobody gives. It is not held against the limits: those are for people. */
export function defaultFlagValue(flag: Flag): FlagValue {
  return flag.type === "duration" ? parseDuration(flag.default) : (flag.default ?? nothing[flag.type]);
}

const nothing = Object.freeze({ string: "", number: 0, boolean: false, list: Object.freeze([]) });

/** What a flag allows, to stand after "must be". */
export function describeAllowed(flag: Flag): string {
  switch (flag.type) {
    case "string":
      return flag.choices === undefined ? "a text" : `one of ${flag.choices.join(", ")}`;
    case "number":
      return `a ${takesFractions(flag) ? "" : "whole "}number${describeLimits(flag.min ?? 0, flag.max)}`;
    case "duration":
      return `a duration like ${flag.unit === "s" ? "30s or a number of seconds" : "500ms or 1m30s"}${describeLimits(flag.min ?? "0s", flag.max)}`;
    case "boolean":
      return "true or false";
    case "list":
      return "texts, with commas between them";
  }
}

function parseString({ choices }: StringFlag, given: unknown): string | undefined {
  if (typeof given !== "string") return undefined;
  return choices === undefined || choices.includes(given) ? given : undefined;
}

function parseNumber(flag: NumberFlag, given: unknown): number | undefined {
  // Number() takes "", "0x10" and "1e9" too, none of which people mean when they set an option.
  const value = typeof given === "string" && /^-?\d+(\.\d+)?$/.test(given) ? Number(given) : given;
  if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
  if (!takesFractions(flag) && !Number.isSafeInteger(value)) return undefined;
  return value >= (flag.min ?? 0) && value <= (flag.max ?? Number.POSITIVE_INFINITY) ? value : undefined;
}

function parseLength({ min = "0s", max, unit }: DurationFlag, given: unknown): number | undefined {
  const isBare = unit !== undefined && typeof given === "string" && /^\d+$/.test(given);
  const value = typeof given === "string" ? tryDuration(isBare ? `${given}${unit}` : given) : given;
  if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
  return value >= parseDuration(min) && (max === undefined || value <= parseDuration(max)) ? value : undefined;
}

/** The spellings that Go's `strconv.ParseBool` shares with shells and compose files. */
function parseBoolean(given: unknown): boolean | undefined {
  if (typeof given === "boolean") return given;
  if (given === "true" || given === "1") return true;
  return given === "false" || given === "0" ? false : undefined;
}

function parseList(given: unknown): readonly string[] | undefined {
  const texts: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (!texts.every((text) => typeof text === "string")) return undefined;
  const items = texts.flatMap((text) => text.split(",")).map((item) => item.trim());
  return Object.freeze(items.filter((item) => item !== ""));
}

function takesFractions({ default: value, min = 0, max = 0 }: NumberFlag): boolean {
  return ![value, min, max].every(Number.isInteger);
}

function describeLimits(min: number | string, max: number | string | undefined): string {
  return max === undefined ? `, at least ${min}` : ` from ${min} to ${max}`;
}

function tryDuration(text: string): number | undefined {
  try {
    return parseDuration(text);
  } catch {
    return undefined;
  }
}
