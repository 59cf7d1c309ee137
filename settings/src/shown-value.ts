import { formatDuration } from "./duration.ts";
import type { Flag, FlagValue } from "./flags.ts";

/** A value with the flag that it is of. */
export interface FlagAndValue {
  readonly flag: Flag;
  readonly value: FlagValue;
}

/**
 * The value of a setting as a listing may show it: a duration as text, a secret and the password in an address as
 * three stars.
 */
export function shownValue({ flag, value }: FlagAndValue): FlagValue {
  if (isSecret(flag)) return value === "" ? "" : stars;
  if (flag.type === "duration") return formatDuration(value as number);
  if (typeof value === "string") return hidePassword(value);
  return Array.isArray(value) ? value.map(hidePassword) : value;
}

/** The same on a line for people, where `-` stands for a text or a list that is empty. */
export function shownText(setting: FlagAndValue): string {
  return String(shownValue(setting)) || "-";
}

/** Whether the values of a flag are shown nowhere. */
export function isSecret(flag: Flag): boolean {
  return flag.type === "string" && flag.secret === true;
}

const stars = "***";

/** `nats://user:password@host` without the password, or the token that stands alone. */
function hidePassword(text: string): string {
  return text.replace(/\/\/(?:([^/@:\s]*):)?[^/@\s]+@/g, (_, user?: string) => {
    return user === undefined ? `//${stars}@` : `//${user}:${stars}@`;
  });
}
