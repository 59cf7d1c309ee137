import { type Duration, parseDuration } from "@micro/kernel";

/** What `outlier` can be told. The environment and the command line go before it. */
export interface OutlierOptions {
  /** After how many failures in a row a node is left out, `--client_outlier_failures`. Default 5; 0 never leaves one out. */
  readonly failures?: number;
  /** How long it is left out, `--client_outlier_ejection`; each time one more of it. Default `"30s"`. */
  readonly ejection?: Duration;
  /** How long it is left out at most. Default `"300s"`. */
  readonly maxEjection?: Duration;
  /** Which share of the calls of a {@link window} may not fail, even where some succeed in between. Default 0.85. */
  readonly failureRate?: number;
  /** How many calls a window must have for that. Default 50. */
  readonly minRequests?: number;
  /** How long the calls of a node are counted together. Default `"10s"`. */
  readonly window?: Duration;
  /** After how long without any answer a node that has as many calls overdue as {@link failures} counts as hung. Default `"1s"`. */
  readonly silence?: Duration;
  /** Which share of the nodes may be left out. Default 0.5, as a small service has few. */
  readonly maxShare?: number;
}

/** The options with every value there, durations in milliseconds. */
export interface ResolvedOptions {
  readonly failures: number;
  readonly ejectionMs: number;
  readonly maxEjectionMs: number;
  readonly failureRate: number;
  readonly minRequests: number;
  readonly windowMs: number;
  readonly silenceMs: number;
  readonly maxShare: number;
}

const defaults = Object.freeze({
  maxEjection: "300s",
  failureRate: 0.85,
  minRequests: 50,
  window: "10s",
  silence: "1s",
  maxShare: 0.5,
}) satisfies OutlierOptions;

/**
 * @param failures the value of `client_outlier_failures`, which the kernel has checked
 * @param ejectionMs that of `client_outlier_ejection`
 * @throws TypeError when an option is out of its range
 */
export function resolveOptions(options: OutlierOptions, failures: number, ejectionMs: number): ResolvedOptions {
  const given = { ...defaults, ...options };
  return {
    failures,
    ejectionMs,
    maxEjectionMs: Math.max(ejectionMs, length(given, "maxEjection")),
    failureRate: inRange(given, "failureRate", 0.01, 1),
    minRequests: inRange(given, "minRequests", 1, 1e6),
    windowMs: length(given, "window"),
    silenceMs: length(given, "silence"),
    maxShare: inRange(given, "maxShare", 0, 1),
  };
}

function inRange<Name extends keyof OutlierOptions>(
  given: Readonly<Record<Name, number>>,
  name: Name,
  min: number,
  max: number,
): number {
  const value = given[name];
  if (value >= min && value <= max) return value;
  throw new TypeError(`${name} of outlier is a number from ${min} to ${max}, not ${value}`);
}

function length<Name extends keyof OutlierOptions>(given: Readonly<Record<Name, Duration>>, name: Name): number {
  const valueMs = parseDuration(given[name]);
  if (valueMs > 0) return valueMs;
  throw new TypeError(`${name} of outlier is a length of time above 0, not ${given[name]}`);
}
