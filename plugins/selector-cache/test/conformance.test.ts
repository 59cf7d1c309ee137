import { memory } from "@micro/kernel";
import { testPlugin, testSelector } from "@micro/kernel/testing";
import { suite } from "uvu";
import { selectorCache } from "../src/index.ts";
import { CachedRegistry, cacheSelector } from "../src/registry/index.ts";

const kept = suite("the cache selector keeps the contract");
testSelector({ test: kept, factory: (registry) => cacheSelector(new CachedRegistry(registry)) });
kept.run();

const plugin = suite("the plugin");
testPlugin({
  test: plugin,
  plugin: () => selectorCache(),
  config: { plugins: [memory()], use: { selector: "cache" } },
});
plugin.run();
