import { definePlugin, type Plugin } from "../contracts/plugin.ts";
import { MemoryBroker } from "./memory-broker.ts";
import { memoryCodec } from "./memory-codec.ts";
import { createMemoryNetwork, type MemoryNetwork } from "./memory-network.ts";
import { MemoryRegistry } from "./memory-registry.ts";
import { MemoryTransport } from "./memory-transport.ts";

/** What {@link memory} can be told. */
export interface MemoryOptions {
  /** Kernels given the same network see each other. One of its own for each kernel when absent. */
  readonly network?: MemoryNetwork;
}

/**
 * The in-memory registry, transport, broker and codec: a system without a socket, for tests and for programs whose
 * services all live in one process.
 *
 * @example
 * const kernel = await startKernel({ plugins: [memory()] });
 */
export function memory(options: MemoryOptions = {}): Plugin {
  return definePlugin({
    name: "memory",
    setup({ provide, hooks, log, get }) {
      const network = options.network ?? createMemoryNetwork();
      const onLost = (error: unknown, topic: string): void => log.warn("a message was lost", { topic, error });

      provide("registry", "memory", () => new MemoryRegistry(network));
      provide("transport", "memory", () => new MemoryTransport(network));
      provide("broker", "memory", () => new MemoryBroker({ network, onLost }));
      // Bytes from outside must never reach its reader: where another transport or broker is active it does not exist.
      const isAlone = (): boolean => get("transport").name === "memory" && get("broker").name === "memory";
      hooks.codec.tap("memory", (contentType) =>
        memoryCodec.contentTypes.includes(contentType) && isAlone() ? memoryCodec : undefined,
      );
    },
  });
}
