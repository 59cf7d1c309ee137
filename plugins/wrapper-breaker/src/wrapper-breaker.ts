import { type Duration, definePlugin, type MicroError, type Plugin, parseDuration } from "@micro/kernel";
import type { BreakerSettings } from "./breaker.ts";
import { Breakers } from "./breakers.ts";
import { remember } from "./breakers-of.ts";
import { isFailure } from "./is-failure.ts";

/** What {@link wrapperBreaker} can be told. The environment and the command line go before it. */
export interface BreakerOptions {
  /** How many failures in a row open a circuit, `--client_breaker_failures`: 1 to 10,000. Default 5. */
  readonly failures?: number;
  /**
   * Which share of the calls must fail to open a circuit, `--client_breaker_ratio`: 0 to 0.99. Default 0, with which
   * {@link failures} in a row open it. It suits busy services, where even a bad node answers some calls in between.
   */
  readonly ratio?: number;
  /** How long an open circuit refuses calls before one may try, `--client_breaker_open`: 1 ms to an hour. Default `"5s"`. */
  readonly open?: Duration;
  /** With a ratio: how long a call counts. Default `"10s"`. */
  readonly window?: Duration;
  /** With a ratio: with fewer calls a second than this the circuit stays closed. Default 5. */
  readonly minPerSecond?: number;
  /** Whether each method has a circuit, or all methods of a service have one. Default `"method"`, as hystrix in 2016. */
  readonly per?: "method" | "service";
  /**
   * Which errors count as failures. Default {@link isFailure}: transport failures, passed deadlines and 5xx, and no 4xx.
   * In 2016 any error counted, so that a caller who asked nonsense closed the service to all others.
   */
  readonly counts?: (error: MicroError) => boolean;
}

/**
 * A circuit breaker around the calls of a kernel, by cockatiel. When a method keeps failing, calls of it fail at once
 * with a 503 and the reason `circuit_open`, until one call in a while finds that it answers again.
 *
 * @example
 * const kernel = await startKernel({ plugins: [standard(), wrapperBreaker({ failures: 5, open: "5s" })] });
 */
export function wrapperBreaker(options: BreakerOptions = {}): Plugin {
  return definePlugin({
    name: "wrapper-breaker",
    flags: {
      client_breaker_failures: {
        type: "number",
        default: 5,
        min: 1,
        max: 10_000,
        description: "failures in a row that open the circuit of a method",
      },
      client_breaker_ratio: {
        type: "number",
        default: 0,
        max: 0.99,
        description: "share of failed calls that opens a circuit, instead of failures in a row; 0 for none",
      },
      client_breaker_open: {
        type: "duration",
        default: "5s",
        min: "1ms",
        max: "1h",
        description: "how long an open circuit refuses calls before one may try",
      },
    },
    settings: {
      ...(options.failures === undefined ? {} : { client_breaker_failures: options.failures }),
      ...(options.ratio === undefined ? {} : { client_breaker_ratio: options.ratio }),
      ...(options.open === undefined ? {} : { client_breaker_open: options.open }),
    },
    setup({ kernel, hooks, flags }) {
      const breakers = new Breakers(
        resolveOptions(options, {
          failures: flags.client_breaker_failures,
          ratio: flags.client_breaker_ratio,
          openMs: flags.client_breaker_open,
        }),
      );
      remember(kernel, breakers);
      hooks.client.tap("wrapper-breaker", (next, { service, method }) => {
        const breaker = breakers.of(service, options.per === "service" ? undefined : method);
        return (request) => breaker.run(() => next(request));
      });
    },
  });
}

const maxMinPerSecond = 1e6;

function resolveOptions(
  { window = "10s", minPerSecond = 5, per = "method", counts = isFailure }: BreakerOptions,
  flags: Pick<BreakerSettings, "failures" | "ratio" | "openMs">,
): BreakerSettings {
  const windowMs = parseDuration(window);
  if (windowMs < 100) throw new TypeError(`window of wrapper-breaker is at least 100 ms, not ${window}`);
  if (!(minPerSecond > 0 && minPerSecond <= maxMinPerSecond)) {
    throw new TypeError(
      `minPerSecond of wrapper-breaker is above 0 and at most ${maxMinPerSecond}, not ${minPerSecond}`,
    );
  }
  if (per !== "method" && per !== "service") {
    throw new TypeError(`per of wrapper-breaker is "method" or "service", not ${JSON.stringify(per)}`);
  }
  return { ...flags, windowMs, minPerSecond, counts };
}
