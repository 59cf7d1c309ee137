import { createSelector, definePlugin, type Plugin } from "@micro/kernel";
import { leastRecentlyUsed } from "./least-recently-used.ts";

/**
 * Picks the node that was not picked for the longest time. `--selector=foo` chooses it.
 *
 * @example
 * export default defineConfig({ plugins: [standard(), selectorFoo()], use: { selector: "foo" } });
 */
export function selectorFoo(): Plugin {
  return definePlugin({
    name: "selector-foo",
    setup({ provide }) {
      // `createSelector` asks the registry and applies the filters; what is left is to choose.
      provide("selector", "foo", () => createSelector("foo", leastRecentlyUsed));
    },
  });
}
