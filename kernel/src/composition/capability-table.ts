import { nearest, UsageError } from "@micro/settings";
import type { Capabilities, CapabilityFactory, CapabilityKind } from "../contracts/capabilities.ts";

/** What was provided of each kind, and what was made of what was chosen. */
export class CapabilityTable {
  private readonly provided = new Map<string, Map<string, () => unknown>>();
  private readonly made = new Map<string, unknown>();

  /** Offers an implementation; one of the same name replaces it and counts as the newest. */
  provide<Kind extends CapabilityKind>(kind: Kind, name: string, factory: CapabilityFactory<Kind>): void {
    const named = this.provided.get(kind) ?? new Map<string, () => unknown>();
    this.provided.set(kind, named);
    named.delete(name);
    named.set(name, factory);
  }

  /** All kinds of which there is something. */
  kinds(): Iterable<string> {
    return this.provided.keys();
  }

  /**
   * Makes the chosen implementation of a kind, or the one provided last.
   *
   * @throws UsageError that names what there is, when nobody provides the chosen one
   */
  async make(kind: string, chosen: string): Promise<unknown> {
    const implementation = await this.factoryOf(kind, chosen)();
    this.made.set(kind, implementation);
    return implementation;
  }

  /** Makes one that need not be the chosen one; `undefined` when nobody provides it. */
  async makeAnother<Kind extends CapabilityKind>(kind: Kind, name: string): Promise<Capabilities[Kind] | undefined> {
    return (await this.provided.get(kind)?.get(name)?.()) as Capabilities[Kind] | undefined;
  }

  /**
   * Looks whether the chosen implementation is provided, so that nothing is made when one of several is not.
   *
   * @throws UsageError that names what there is, when nobody provides it
   */
  check(kind: string, chosen: string): void {
    this.factoryOf(kind, chosen);
  }

  /** @throws TypeError before it was made */
  get<Kind extends CapabilityKind>(kind: Kind): Capabilities[Kind] {
    if (!this.made.has(kind)) {
      throw new TypeError(`the ${kind} is not there yet: use it after setup, in a hook or in a capability's factory`);
    }
    return this.made.get(kind) as Capabilities[Kind];
  }

  private factoryOf(kind: string, chosen: string): () => unknown {
    const named = this.provided.get(kind) ?? new Map<string, () => unknown>();
    const names = [...named.keys()];
    const factory = named.get(chosen || (names.at(-1) ?? ""));
    if (factory === undefined) throw notProvided(kind, chosen, names);
    return factory;
  }
}

function notProvided(kind: string, chosen: string, names: readonly string[]): UsageError {
  const wanted = chosen === "" ? `no plugin provides a ${kind}` : `${kind} "${chosen}" is not provided by any plugin`;
  const meant = nearest(chosen, names);
  const there = names.length > 0 ? `; there is ${names.join(", ")}` : "";
  const hint = meant === undefined ? ". Add" : `; did you mean "${meant}"? Otherwise add`;
  const install = `npm i @micro/${kind}-${chosen || "NAME"}`;
  return new UsageError(`${wanted}${there}${hint} its plugin to the plugin list, ${install}`);
}
