// The kits: one for each kind of thing that a plugin provides.
export { testBroker, type BrokerKitOptions, type BrokerPair } from "./test-broker.ts";
export { testCodec, type CodecKitOptions, type CodecRequest, type CodecSample } from "./test-codec.ts";
export { testPlugin, type PluginKitOptions } from "./test-plugin.ts";
export { testRegistry, type RegistryKitOptions, type RegistryPair } from "./test-registry.ts";
export { testSelector, type SelectorKitOptions } from "./test-selector.ts";
export { testTransport, type TransportKitOptions } from "./test-transport.ts";
export type { KitOptions, Test } from "./kit.ts";

// Helpers for tests of your own.
export { leaks } from "./leaks.ts";
export { eventually, within } from "./within.ts";

// Fleets on a virtual clock and a network that fails on purpose.
export { simulate, type Simulation, type SimulationOptions } from "./simulation/simulate.ts";
export type { SimulatedNode } from "./simulation/simulated-node.ts";
export type { HistoryEntry } from "./simulation/history.ts";
export type { Latency } from "./simulation/network.ts";
export type { NetworkFaults, PartitionOptions } from "./simulation/network-faults.ts";
export type { RegistryFaults } from "./simulation/registry-faults.ts";
