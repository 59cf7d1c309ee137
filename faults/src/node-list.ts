import { definePlugin, type Plugin, type Registry, type ServiceRecord } from "@micro/kernel";

/**
 * A registry that tells of nothing: it knows the addresses in its list, and whoever wants to know of a change has to ask.
 * It is what a caller has when the watch of its registry is broken.
 */
export class NodeList {
  readonly addresses: Set<string> = new Set();
  /** Called at every question; what it rejects with is the answer. Default nothing. */
  onAsked: () => Promise<unknown> = async () => {};
  readonly #service: string;

  /** @param service the only one that it knows */
  constructor(service: string) {
    this.#service = service;
  }

  /** The registry `list` for a caller. */
  get plugin(): Plugin {
    return definePlugin({
      name: "node-list",
      setup: ({ provide }) => provide("registry", "list", () => this.#registry()),
    });
  }

  #registry(): Registry {
    return {
      name: "list",
      settleMs: 0,
      register: async () => {},
      deregister: async () => {},
      getService: async (name) => {
        await this.onAsked();
        return name === this.#service ? this.#records() : [];
      },
      listServices: async () => [this.#service],
      watch: () => ({ close: () => {} }),
      close: async () => {},
    };
  }

  #records(): readonly ServiceRecord[] {
    if (this.addresses.size === 0) return [];
    const nodes = [...this.addresses].map((address) => ({
      id: `${this.#service}-${address}`,
      address,
      metadata: speech,
    }));
    return [{ name: this.#service, version: "1.0.0", metadata: {}, endpoints, nodes }];
  }
}

// As nodes of this project say of themselves.
const speech = Object.freeze({ server: "rpc", transport: "http", protocol: "mucp" });

const endpoints = [
  { name: "Work.Read", request: null, response: null, metadata: { stream: "false", idempotent: "true" } },
  { name: "Work.Write", request: null, response: null, metadata: { stream: "false" } },
  { name: "Work.Brittle", request: null, response: null, metadata: { stream: "false", idempotent: "true" } },
  { name: "Work.Count", request: null, response: null, metadata: { stream: "true" } },
];
