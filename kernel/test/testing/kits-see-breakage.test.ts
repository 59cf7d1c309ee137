import assert from "node:assert/strict";
import { suite } from "uvu";
import {
  testBroker,
  testCodec,
  testPlugin,
  testRegistry,
  testSelector,
  testTransport,
  within,
} from "../../src/testing/index.ts";
import { type Breakage, blindTests, type Collected, collect, unseenTests } from "../support/collect.ts";
import { plainJson } from "../support/plain-json.ts";
import { brokenBrokers } from "./broken-brokers.ts";
import { brokenCodecs, largeIdRequest } from "./broken-codecs.ts";
import { brokenPlugins } from "./broken-plugins.ts";
import { brokenRegistries } from "./broken-registries.ts";
import { brokenSelectors } from "./broken-selectors.ts";
import { brokenTransports } from "./broken-transports.ts";

// A broken implementation often hangs: what a test waits for here it waits for in vain.
const limitMs = 150;

kitSees("registry", brokenRegistries, (factory) => collect((test) => testRegistry({ test, factory, limitMs })));
kitSees("transport", brokenTransports, (factory) =>
  collect((test) => testTransport({ test, factory, address: "memory:0", limitMs: 500 })),
);
kitSees("broker", brokenBrokers, (factory) => collect((test) => testBroker({ test, factory, limitMs })));
kitSees("selector", brokenSelectors, (factory) => collect((test) => testSelector({ test, factory, limitMs })));
kitSees("codec", brokenCodecs, (factory) =>
  collect((test) => testCodec({ test, factory, requests: [largeIdRequest], limitMs })),
);
kitSees("plugin", brokenPlugins, (plugin) => collect((test) => testPlugin({ test, plugin, limitMs })));

const base = suite("the codec that broken ones are made of keeps the contract");
testCodec({ test: base, factory: () => plainJson });
base.run();

/** Declares a test for each breakage, and one that the kit has no test that none of them makes fail. */
function kitSees<Make>(kind: string, breakages: readonly Breakage<Make>[], kitOf: (make: Make) => Collected): void {
  const kit = suite(`the ${kind} kit`);

  for (const breakage of breakages) {
    kit(`sees a ${kind} that ${breakage.does}`, async () => {
      const blind = await within(30_000, "the kit", blindTests(kitOf(breakage.make), breakage));

      assert.deepEqual(blind, [], "these tests passed and should have failed");
    });
  }

  kit("has no test that was never seen failing", () => {
    const [first] = breakages as [Breakage<Make>];

    assert.deepEqual(unseenTests(kitOf(first.make), breakages), []);
  });

  kit.run();
}
