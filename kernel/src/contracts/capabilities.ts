import type { Broker } from "./broker.ts";
import type { Registry } from "./registry.ts";
import type { SelectorFactory } from "./selector.ts";
import type { Transport } from "./transport.ts";

/**
 * The parts of which exactly one is active, by kind. A plugin adds a kind of its own by augmenting this interface
 * and naming the kind in its `capabilities`:
 *
 * @example
 * declare module "@micro/kernel" {
 *   interface Capabilities { cacher: Cacher }
 * }
 */
export interface Capabilities {
  registry: Registry;
  selector: SelectorFactory;
  transport: Transport;
  broker: Broker;
}

/** The kind of a capability: `registry`, `selector`, `transport`, `broker`, and those of plugins. */
export type CapabilityKind = keyof Capabilities & string;

/** Makes an implementation. Called once, and only when it was chosen, so that what is not used opens nothing. */
export type CapabilityFactory<Kind extends CapabilityKind> = () => Capabilities[Kind] | Promise<Capabilities[Kind]>;
