import type { Network } from "./network.ts";
import type { RegistryState } from "./simulated-registry.ts";

/** What can be made to go wrong with the registry, for all nodes at once. To cut single ones off, see `partition`. */
export class RegistryFaults {
  readonly #network: Network;
  readonly #state: RegistryState;

  /** @internal */
  constructor(network: Network, state: RegistryState) {
    this.#network = network;
    this.#state = state;
  }

  /** It answers nobody and tells nobody, until {@link up}. What it knew it still knows then. */
  down(): void {
    this.#state.isDown = true;
    this.#network.changed();
  }

  /** It is there again. */
  up(): void {
    this.#state.isDown = false;
    this.#network.changed();
  }

  /** It goes on saying what it knows now, whatever changes, until {@link thaw}. */
  freeze(): void {
    this.#state.frozen ??= new Map(this.#network.memory.records);
    this.#network.changed();
  }

  /** It tells what is true again, and of all that changed. */
  thaw(): void {
    this.#state.frozen = undefined;
    this.#network.changed();
  }
}
