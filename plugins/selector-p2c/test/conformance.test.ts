import { createSelector, memory } from "@micro/kernel";
import { testPlugin, testSelector } from "@micro/kernel/testing";
import { suite } from "uvu";
import { Balancer, selectorP2c } from "../src/index.ts";

const kept = suite("the p2c selector keeps the contract");
testSelector({ test: kept, factory: (registry) => createSelector("p2c", () => new Balancer().strategy)(registry) });
kept.run();

const plugin = suite("the plugin");
testPlugin({
  test: plugin,
  plugin: () => selectorP2c(),
  config: { plugins: [memory()], use: { selector: "p2c" } },
});
plugin.run();
