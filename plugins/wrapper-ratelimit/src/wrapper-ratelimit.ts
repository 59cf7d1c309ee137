import { definePlugin, type Flags, type Plugin } from "@micro/kernel";
import { Limiter } from "./limiter.ts";
import { wrapClient, wrapHandler } from "./wraps.ts";

/** A limit of one side. The environment and the command line go before it. */
export interface RateLimit {
  /** How many calls a second, `--client_rate`, `--server_rate`: up to a million. Default 0: any number. */
  readonly rate?: number;
  /**
   * How many at once after a rest, `--client_burst`, `--server_burst`: up to a million. Default 0: as many as the rate
   * allows in a second.
   */
  readonly burst?: number;
  /**
   * Whether a call over the limit waits for its turn, `--client_rate_wait`, `--server_rate_wait`. Default false: it fails
   * at once. One whose deadline is before its turn fails at once in any case.
   */
  readonly wait?: boolean;
  /** Whether each method has a limit of its own, or the methods of a service have one together. Default `"service"`. */
  readonly per?: "service" | "method";
}

/** What {@link wrapperRatelimit} can be told. */
export interface RateLimitOptions {
  /** The calls that are made, by called service. */
  readonly client?: RateLimit;
  /** The calls that are taken, by served service. `Debug.Health` and its like are never limited. */
  readonly handler?: RateLimit;
  /** How many calls of one limit may wait; those beyond fail at once. Default 1000. */
  readonly maxWaiting?: number;
}

/**
 * Limits how many calls are made or taken in a second. What is over the limit fails with the 429 of go-micro 2016, "too
 * many request", or waits for its turn within its deadline.
 *
 * @example
 * const kernel = await startKernel({ plugins: [standard(), wrapperRatelimit({ handler: { rate: 100 } })] });
 */
export function wrapperRatelimit({ client = {}, handler = {}, maxWaiting = 1000 }: RateLimitOptions = {}): Plugin {
  return definePlugin({
    name: "wrapper-ratelimit",
    flags,
    settings: { ...settingsOf("client", client), ...settingsOf("server", handler) },
    setup({ hooks, flags, defer }) {
      checkOptions(client, handler, maxWaiting);
      // A limit of none taps nothing, so that nothing stands in the way of a call.
      if (flags.client_rate > 0) {
        const { client_rate: rate, client_burst: burst, client_rate_wait: waits } = flags;
        const limiter = new Limiter({ id: "go.micro.client", rate, burst: burst || rate, waits, maxWaiting });
        defer(() => limiter.close());
        hooks.client.tap("wrapper-ratelimit", (next, route) => wrapClient(limiter, client.per, next, route));
      }
      if (flags.server_rate > 0) {
        const { server_rate: rate, server_burst: burst, server_rate_wait: waits } = flags;
        const limiter = new Limiter({ id: "go.micro.server", rate, burst: burst || rate, waits, maxWaiting });
        defer(() => limiter.close());
        hooks.handler.tap("wrapper-ratelimit", (next, route) => wrapHandler(limiter, handler.per, next, route));
      }
    },
  });
}

const maxRate = 1e6;

const flags = {
  client_rate: {
    type: "number",
    default: 0,
    max: maxRate,
    description: "calls made in a second to one service; 0 for any number",
  },
  client_burst: {
    type: "number",
    default: 0,
    max: maxRate,
    description: "calls made at once after a rest; 0 for those of a second",
  },
  client_rate_wait: { type: "boolean", description: "let calls over the limit wait for their turn" },
  server_rate: {
    type: "number",
    default: 0,
    max: maxRate,
    description: "calls taken in a second by one service; 0 for any number",
  },
  server_burst: {
    type: "number",
    default: 0,
    max: maxRate,
    description: "calls taken at once after a rest; 0 for those of a second",
  },
  server_rate_wait: { type: "boolean", description: "let calls over the server's limit wait for their turn" },
} as const satisfies Flags;

function settingsOf(side: "client" | "server", { rate, burst, wait }: RateLimit): Record<string, unknown> {
  return {
    ...(rate === undefined ? {} : { [`${side}_rate`]: rate }),
    ...(burst === undefined ? {} : { [`${side}_burst`]: burst }),
    ...(wait === undefined ? {} : { [`${side}_rate_wait`]: wait }),
  };
}

function checkOptions(client: RateLimit, handler: RateLimit, maxWaiting: number): void {
  for (const per of [client.per, handler.per]) {
    if (per === undefined || per === "service" || per === "method") continue;
    throw new TypeError(`per of wrapper-ratelimit is "service" or "method", not ${JSON.stringify(per)}`);
  }
  if (Number.isInteger(maxWaiting) && maxWaiting >= 0 && maxWaiting <= 1e6) return;
  throw new TypeError(`maxWaiting of wrapper-ratelimit is a whole number up to 1000000, not ${maxWaiting}`);
}
