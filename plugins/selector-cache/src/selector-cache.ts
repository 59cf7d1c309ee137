import { type AttemptNext, type Duration, definePlugin, MicroError, type Plugin } from "@micro/kernel";
import type { CachedRegistry } from "./registry/cached-registry.ts";

/** What {@link selectorCache} can be told. The environment and the command line go before it. */
export interface SelectorCacheSettings {
  /** How long an answer of the registry is fresh, `--selector_cache_ttl`. Default `"1m"`. */
  readonly ttl?: Duration;
}

/**
 * Provides the selector `cache`: it asks the registry once for each service, keeps the answer fresh in the background,
 * goes on with the last good one while the registry fails, and leaves out nodes that refuse connections. It is active
 * with `use: { selector: "cache" }` or `--selector=cache`; else it costs nothing and loads nothing.
 *
 * @example
 * const kernel = await startKernel({ plugins: [standard(), selectorCache({ ttl: "30s" })], use: { selector: "cache" } });
 */
export function selectorCache({ ttl }: SelectorCacheSettings = {}): Plugin {
  return definePlugin({
    name: "selector-cache",
    flags: {
      selector_cache_ttl: {
        type: "duration",
        default: "1m",
        min: "10ms",
        description: "how long the selector cache takes an answer of the registry for fresh, give or take a tenth",
      },
    },
    settings: ttl === undefined ? {} : { selector_cache_ttl: ttl },
    setup({ hooks, flags, provide }) {
      let cached: CachedRegistry | undefined;
      provide("selector", "cache", async () => {
        const { CachedRegistry, cacheSelector } = await import("./registry/index.ts");
        return (registry, strategy) => {
          cached = new CachedRegistry(registry, { ttlMs: flags.selector_cache_ttl });
          return cacheSelector(cached, strategy);
        };
      });
      // Routes are composed after the selector was made: where another one is active no call passes through here.
      hooks.attempt.tap("selector-cache", (next, { service }) =>
        cached === undefined ? next : noting(cached, service, next),
      );
    },
  });
}

/** Tells the cache which nodes take the service's calls and which cannot. The call is neither held up nor changed. */
function noting(cached: CachedRegistry, service: string, next: AttemptNext): AttemptNext {
  return (attempt) => {
    const result = next(attempt);
    result.then(
      () => cached.confirm(service, attempt.node.address),
      (error: unknown) => {
        if (isNodeGone(error)) cached.evict(service, attempt.node.address, error.reason);
        else if (isAnswer(error)) cached.confirm(service, attempt.node.address);
      },
    );
    return result;
  };
}

// A reason never travels: an error without one was written by the node.
function isAnswer(error: unknown): boolean {
  return MicroError.is(error) && error.reason === undefined;
}

const gone: ReadonlySet<string> = new Set(["dial_failed", "address_not_allowed", "wrong_service"]);

// Of other errors it is not known that the node is to blame, and most would only move the load to the other nodes.
function isNodeGone(error: unknown): error is MicroError & { readonly reason: string } {
  return MicroError.is(error) && error.reason !== undefined && gone.has(error.reason);
}
