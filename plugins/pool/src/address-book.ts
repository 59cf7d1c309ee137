import type { RegistryEvent } from "@micro/kernel";

/** Which node has which address, as far as the registry has told. */
export class AddressBook {
  // The name and version of a record, then node ids.
  readonly #records = new Map<string, Map<string, string>>();

  /**
   * Notes a change.
   *
   * @returns the addresses that left; `undefined` when a whole version left whose nodes nobody named
   */
  note({ action, service }: RegistryEvent): readonly string[] | undefined {
    const { name, version, nodes } = service;
    const key = JSON.stringify([name, version]);
    const known = this.#records.get(key);
    if (action !== "delete") return this.#add(key, known ?? new Map(), nodes);
    if (nodes.length === 0) {
      this.#records.delete(key);
      return known === undefined ? undefined : [...known.values()];
    }
    for (const { id } of nodes) known?.delete(id);
    if (known?.size === 0) this.#records.delete(key);
    return nodes.map(({ address }) => address);
  }

  /** The addresses of all nodes. */
  get addresses(): ReadonlySet<string> {
    return new Set([...this.#records.values()].flatMap((record) => [...record.values()]));
  }

  // A node that has moved left its old address.
  #add(key: string, record: Map<string, string>, nodes: RegistryEvent["service"]["nodes"]): readonly string[] {
    const left: string[] = [];
    for (const { id, address } of nodes) {
      const before = record.get(id);
      if (before !== undefined && before !== address) left.push(before);
      record.set(id, address);
    }
    if (record.size > 0) this.#records.set(key, record);
    return left;
  }
}
