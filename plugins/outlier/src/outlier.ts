import { definePlugin, type Plugin } from "@micro/kernel";
import { type OutlierOptions, resolveOptions } from "./options.ts";
import { OutlierDetector } from "./outlier-detector.ts";

/**
 * Leaves nodes out of the picks that fail again and again or that hang, for half a minute at first, and then tries each
 * with one call. Never more than half of the nodes that a call could go to.
 *
 * @example
 * const kernel = await startKernel({ plugins: [standard(), outlier({ failures: 3 })] });
 */
export function outlier(options: OutlierOptions = {}): Plugin {
  return definePlugin({
    name: "outlier",
    flags: {
      client_outlier_failures: {
        type: "number",
        default: 5,
        max: 1000,
        description: "failures in a row after which a node gets no calls for a while; 0 to never leave one out",
      },
      client_outlier_ejection: {
        type: "duration",
        default: "30s",
        min: "10ms",
        description: "how long it gets none the first time",
      },
    },
    settings: {
      ...(options.failures === undefined ? {} : { client_outlier_failures: options.failures }),
      ...(options.ejection === undefined ? {} : { client_outlier_ejection: options.ejection }),
    },
    setup({ hooks, flags }) {
      const resolved = resolveOptions(options, flags.client_outlier_failures, flags.client_outlier_ejection);
      if (resolved.failures === 0) return;
      const detector = new OutlierDetector(resolved);
      hooks.attempt.tap("outlier", (next, route) => detector.wrapAttempt(next, route));
      // Behind all others: their filters stand before its own, which is to see what they leave.
      hooks.select.tap({ name: "outlier", stage: 1_000_000 }, (next) => detector.wrapSelect(next));
    },
  });
}
