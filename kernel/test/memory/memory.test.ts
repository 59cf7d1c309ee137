import { suite } from "uvu";
import { randomSelector, roundRobinSelector } from "../../src/client/selectors.ts";
import {
  createMemoryNetwork,
  MemoryBroker,
  MemoryRegistry,
  MemoryTransport,
  memory,
  memoryCodec,
} from "../../src/memory/index.ts";
import {
  testBroker,
  testCodec,
  testPlugin,
  testRegistry,
  testSelector,
  testTransport,
} from "../../src/testing/index.ts";

const registry = suite("memory registry keeps the contract");
testRegistry({
  test: registry,
  factory: () => {
    const network = createMemoryNetwork();
    return { registry: new MemoryRegistry(network), other: new MemoryRegistry(network) };
  },
});
registry.run();

const transport = suite("memory transport keeps the contract");
testTransport({ test: transport, factory: () => new MemoryTransport(), address: "memory:0" });
transport.run();

const broker = suite("memory broker keeps the contract");
testBroker({
  test: broker,
  factory: () => {
    const network = createMemoryNetwork();
    return { broker: new MemoryBroker({ network }), other: new MemoryBroker({ network }) };
  },
});
broker.run();

const codec = suite("memory codec keeps the contract");
testCodec({ test: codec, factory: () => memoryCodec });
codec.run();

const random = suite("random selector keeps the contract");
testSelector({ test: random, factory: randomSelector });
random.run();

const roundRobin = suite("round robin selector keeps the contract");
testSelector({ test: roundRobin, factory: roundRobinSelector });
roundRobin.run();

const plugin = suite("memory plugin keeps the contract");
testPlugin({ test: plugin, plugin: () => memory() });
plugin.run();
