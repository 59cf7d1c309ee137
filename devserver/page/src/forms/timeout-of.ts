/** The longest that the server takes, in milliseconds. */
const maxMs = 60_000;
const units: Readonly<Record<string, number>> = { "": 1, ms: 1, s: 1000, m: 60_000 };

/** A timeout as it is typed: `500`, `500ms`, `2s`; `undefined` for none, `NaN` for what is no timeout. */
export function timeoutOf(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  const [, digits = "", unit = ""] = /^(\d+(?:\.\d+)?)\s*(ms|s|m)?$/.exec(trimmed) ?? [];
  const ms = digits === "" ? Number.NaN : Number(digits) * (units[unit] as number);
  return ms > 0 && ms <= maxMs ? ms : Number.NaN;
}
