import { isInexact } from "./check-json.ts";
import { tokensOf } from "./json-tokens.ts";

/**
 * JSON in which whole numbers that would be rounded on their way stand in quotes, which 64-bit fields take as well. For
 * what was captured: a person who writes such a number is told instead.
 */
export function quoteLongNumbers(text: string): string {
  let quoted = "";
  let end = 0;
  for (const { kind, text: digits, at } of tokensOf(text)) {
    if (kind !== "number" || !/^-?\d+$/.test(digits) || !isInexact(digits)) continue;
    quoted += `${text.slice(end, at)}"${digits}"`;
    end = at + digits.length;
  }
  return quoted + text.slice(end);
}
