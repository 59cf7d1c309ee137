import { createSelector, MicroError, randomStrategy, type Selector, type Strategy } from "@micro/kernel";
import type { CachedRegistry } from "./cached-registry.ts";

/**
 * A selector over a cache, which is closed with it. It picks among the nodes that are not left out; where the filters
 * of a call leave none of those it picks among all, as one that was left out may have come back.
 *
 * @param strategy chooses among what is left; default any node, each as likely as the others
 */
export function cacheSelector(cached: CachedRegistry, strategy: Strategy = randomStrategy): Selector {
  const among = createSelector("cache", () => strategy);
  const good = among(cached);
  const every = among({ getService: (name) => cached.everyNode(name) ?? cached.getService(name) });
  return {
    name: "cache",
    pick(selection) {
      try {
        return good.pick(selection);
      } catch (error) {
        if (isNoneAvailable(error) && cached.everyNode(selection.service) !== undefined) return every.pick(selection);
        throw error;
      }
    },
    close: async () => cached.close(),
  };
}

function isNoneAvailable(error: unknown): boolean {
  return MicroError.is(error) && error.reason === "none_available";
}
