import { definePlugin, type Plugin } from "@micro/kernel";
import { type RetryOptions, resolveOptions } from "./options.ts";
import { Retrier } from "./retrier.ts";

/**
 * Tries a call again where that is safe: on another node when it certainly did not run, and, for idempotent methods,
 * also when nobody knows whether it ran. A budget for each service keeps that from becoming a storm.
 *
 * @example
 * const kernel = await startKernel({ plugins: [standard(), retry({ retries: 3 })] });
 */
export function retry(options: RetryOptions = {}): Plugin {
  return definePlugin({
    name: "retry",
    flags: {
      client_retries: {
        type: "number",
        default: 1,
        max: 5,
        description: "tries of an idempotent call in all; 0 counts as 1",
      },
      client_retry_budget: {
        type: "number",
        default: 0.2,
        max: 1,
        description: "further tries that each call adds to the budget of its service",
      },
    },
    settings: {
      ...(options.retries === undefined ? {} : { client_retries: options.retries }),
      ...(options.budget === undefined ? {} : { client_retry_budget: options.budget }),
    },
    setup({ hooks, flags, get, defer }) {
      const resolved = resolveOptions(options, flags.client_retries, flags.client_retry_budget);
      const retrier = new Retrier(resolved, (service) => get("registry").getService(service));
      defer(() => retrier.close());
      // Behind all others, whichever the order of the plugins: what wraps a call sees it once.
      hooks.client.tap({ name: "retry", stage: 1_000_000 }, (next, route) => retrier.wrap(next, route));
      hooks.attempt.tap("retry", (next, route) => retrier.wrapAttempt(next, route));
    },
  });
}
