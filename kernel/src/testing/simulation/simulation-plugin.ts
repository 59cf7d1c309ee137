import { definePlugin, type Plugin } from "../../contracts/plugin.ts";
import { memoryCodec } from "../../memory/memory-codec.ts";
import type { Machine } from "./machine.ts";
import type { Network } from "./network.ts";
import { SimulatedBroker } from "./simulated-broker.ts";
import { type RegistryState, SimulatedRegistry } from "./simulated-registry.ts";
import { SimulatedTransport } from "./simulated-transport.ts";

/** Puts a kernel on the simulated network. */
export function simulationPlugin(network: Network, machine: Machine, registry: RegistryState): Plugin {
  return definePlugin({
    name: "simulation",
    setup({ provide, hooks }) {
      provide("registry", "simulated", () => new SimulatedRegistry(network, machine, registry));
      provide("transport", "simulated", () => new SimulatedTransport(network, machine));
      provide("broker", "simulated", () => new SimulatedBroker(network, machine));
      // Behind the codecs of others, so that who brings one tests with it.
      hooks.codec.tap({ name: "simulation", stage: 1000 }, (contentType) =>
        memoryCodec.contentTypes.includes(contentType) ? memoryCodec : undefined,
      );
      // Innermost, so that it sees what goes out and not what other wraps make of it.
      hooks.attempt.tap(
        { name: "simulation", stage: 1_000_000 },
        (next) => (attempt) => network.record(machine, attempt, next),
      );
    },
  });
}
