export { memory, type MemoryOptions } from "./memory-plugin.ts";
export { createMemoryNetwork, type MemoryNetwork } from "./memory-network.ts";

// To use one of them alone.
export { MemoryBroker, type MemoryBrokerOptions } from "./memory-broker.ts";
export { memoryCodec } from "./memory-codec.ts";
export { MemoryRegistry } from "./memory-registry.ts";
export { MemoryTransport } from "./memory-transport.ts";
