import { createMemoryNetwork, MemoryRegistry } from "@micro/kernel";
import { testBroker } from "@micro/kernel/testing";
import { suite } from "uvu";
import { type Generation, HttpBroker } from "../src/index.ts";

const generations: readonly (readonly Generation[])[] = [["2016", "1.18"], ["2016"], ["1.18"]];

for (const spoken of generations) {
  const test = suite(`conformance, announced for ${spoken.join(" and ")}`);

  testBroker({
    test,
    factory: () => {
      const network = createMemoryNetwork();
      const create = (): HttpBroker =>
        new HttpBroker({ registry: new MemoryRegistry(network), address: "127.0.0.1:0", generations: spoken });
      return { broker: create(), other: create() };
    },
  });

  test.run();
}
