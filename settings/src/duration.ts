const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** A length of time: milliseconds, or a text as Go writes it: `500ms`, `1m30s`, `1.5h`. */
export type Duration = number | string;

/**
 * The milliseconds of a duration. A text takes what Go's `time.ParseDuration` takes: numbers with units, and `0`.
 *
 * @throws TypeError when it is neither
 */
export function parseDuration(duration: Duration): number {
  if (typeof duration === "number") {
    if (Number.isNaN(duration)) throw new TypeError("a duration is not NaN");
    return duration;
  }
  const [, sign, length = ""] = /^([+-]?)(.*)$/s.exec(duration) as RegExpExecArray;
  if (length === "0") return 0;
  if (!/^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(length)) {
    throw new TypeError(`"${duration}" is not a duration; write it as 500ms, 5s or 1m30s`);
  }
  let total = 0;
  for (const [, number, unit] of length.matchAll(/([\d.]+)([a-zµμ]+)/g)) {
    total += Number(number) * (units[unit as string] as number);
  }
  return sign === "-" ? -total : total;
}

/** Writes milliseconds as Go does: `1m30s`, `500ms`, `0s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 0) return `-${formatDuration(-milliseconds)}`;
  if (milliseconds === 0) return "0s";
  if (milliseconds < 1)
    return milliseconds < 1e-3 ? `${round(milliseconds * 1e6)}ns` : `${round(milliseconds * 1e3)}µs`;
  if (milliseconds < 1000) return `${round(milliseconds)}ms`;
  const hours = Math.floor(milliseconds / 3_600_000);
  const minutes = Math.floor((milliseconds % 3_600_000) / 60_000);
  const seconds = `${round((milliseconds % 60_000) / 1000)}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

// Go prints at most nanoseconds; more digits here would be noise of binary fractions.
function round(value: number): number {
  return Number(value.toFixed(6));
}
