import { type Flag, type FlagValue, formatDuration, type Setting } from "@micro/kernel";

/**
 * The value of a setting as a listing may show it: a duration as text, a secret and the password in an address as
 * three stars.
 */
export function shownValue({ flag, value }: Pick<Setting, "flag" | "value">): FlagValue {
  if (isSecret(flag)) return value === "" ? "" : stars;
  if (flag.type === "duration") return formatDuration(value as number);
  if (typeof value === "string") return hidePassword(value);
  return Array.isArray(value) ? value.map(hidePassword) : value;
}

/** The same on a line for people, where `-` stands for a text or a list that is empty. */
export function shownText(setting: Pick<Setting, "flag" | "value">): string {
  return String(shownValue(setting)) || "-";
}

const stars = "***";

function isSecret(flag: Flag): boolean {
  return flag.type === "string" && flag.secret === true;
}

/** `nats://user:password@host` without the password, or the token that stands alone. */
function hidePassword(text: string): string {
  return text.replace(/\/\/(?:([^/@:\s]*):)?[^/@\s]+@/g, (_, user?: string) => {
    return user === undefined ? `//${stars}@` : `//${user}:${stars}@`;
  });
}
