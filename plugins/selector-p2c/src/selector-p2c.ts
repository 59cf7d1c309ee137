import { createSelector, type Duration, definePlugin, type Plugin, type SelectorFactory } from "@micro/kernel";
import { Balancer } from "./balancer.ts";
import { measuring } from "./measuring.ts";

/** What {@link selectorP2c} can be told. The environment and the command line go before it. */
export interface SelectorP2cSettings {
  /** After how long an old peak counts for a hundredth, `--selector_p2c_decay`. Default `"10s"`. */
  readonly decay?: Duration;
  /** How slow a refusal counts, which is fast in itself, `--selector_p2c_penalty`. Default `"5s"`. */
  readonly penalty?: Duration;
}

/**
 * Provides the selector `p2c`: of two random nodes it takes the one that answers faster and has less to do. It is active
 * with `use: { selector: "p2c" }` or `--selector=p2c`; else it costs nothing. Where there is a selector `cache`, it takes
 * its nodes from there.
 *
 * @example
 * const kernel = await startKernel({ plugins: [standard()], use: { selector: "p2c" } });
 */
export function selectorP2c({ decay, penalty }: SelectorP2cSettings = {}): Plugin {
  return definePlugin({
    name: "selector-p2c",
    flags: {
      selector_p2c_decay: {
        type: "duration",
        default: "10s",
        min: "100ms",
        description: "after how long the selector p2c counts a slow answer for a hundredth",
      },
      selector_p2c_penalty: {
        type: "duration",
        default: "5s",
        min: "0s",
        description: "how slow an answer the selector p2c takes a refusal for",
      },
    },
    settings: {
      ...(decay === undefined ? {} : { selector_p2c_decay: decay }),
      ...(penalty === undefined ? {} : { selector_p2c_penalty: penalty }),
    },
    setup({ hooks, flags, provide, make }) {
      let balancer: Balancer | undefined;
      provide("selector", "p2c", async () => {
        const cache = await make("selector", "cache");
        balancer = new Balancer({ decayMs: flags.selector_p2c_decay, penaltyMs: flags.selector_p2c_penalty });
        return p2cSelector(balancer, cache);
      });
      // Routes are composed after the selector was made: where another one is active no call passes through here.
      hooks.attempt.tap("selector-p2c", (next, { service }) =>
        balancer === undefined ? next : measuring(balancer, service, next),
      );
    },
  });
}

/** Over the cache where there is one, as its records are at hand and stay when the registry fails. */
function p2cSelector({ strategy }: Balancer, cache: SelectorFactory | undefined): SelectorFactory {
  if (cache === undefined) return createSelector("p2c", () => strategy);
  return (registry) => ({ ...cache(registry, strategy), name: "p2c" });
}
