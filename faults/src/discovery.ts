import type { Plugin } from "@micro/kernel";
import { registryConsul } from "@micro/registry-consul";
import type { ConsulAgent } from "../../interop/src/consul-agent.ts";
import { NodeList } from "./node-list.ts";

/** How the caller of a fleet finds its nodes. */
export interface Discovery {
  readonly name: string;
  /** How long the caller may go on with what is no longer true, in milliseconds; 0 where it is told. */
  readonly staleMs: number;
  /** What the nodes are told. */
  readonly nodeFlags: Readonly<Record<string, string>>;
  /** What the caller is told. */
  readonly callerFlags: Readonly<Record<string, string>>;
  readonly callerPlugins: readonly Plugin[];
  /** A node serves at this address. */
  add(address: string): void;
  /** The node of this address is about to be gone. */
  remove(address: string): void;
}

/** Over multicast DNS. */
export function overMdns(): Discovery {
  const flags = { registry: "mdns" };
  return { name: "mDNS", nodeFlags: flags, callerFlags: flags, callerPlugins: [], ...toldByNodes };
}

/** Over a Consul agent. */
export function overConsul({ address }: ConsulAgent): Discovery {
  const flags = { registry: "consul", registry_address: address, register_interval: "1s", register_ttl: "10s" };
  return { name: "Consul", nodeFlags: flags, callerFlags: flags, callerPlugins: [registryConsul()], ...toldByNodes };
}

/** Without any event: the caller asks when what it knows is a second old. */
export function overList(service: string): Discovery & { readonly list: NodeList } {
  const list = new NodeList(service);
  return {
    name: "no events",
    // The second, its spread, and the time of the question.
    staleMs: 1500,
    list,
    nodeFlags: { registry: "memory" },
    callerFlags: { registry: "list", selector_cache_ttl: "1s" },
    callerPlugins: [list.plugin],
    add: (address) => void list.addresses.add(address),
    remove: (address) => void list.addresses.delete(address),
  };
}

const toldByNodes = { staleMs: 0, add: () => {}, remove: () => {} };
