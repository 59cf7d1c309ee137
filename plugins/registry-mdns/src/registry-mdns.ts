import { definePlugin, type Plugin } from "@micro/kernel";
import { MdnsRegistry } from "./mdns-registry.ts";
import type { MdnsOptions } from "./options.ts";

/**
 * Service discovery over multicast DNS, seen by go-micro 2016 and seeing it. `--registry=mdns` chooses it, and
 * `--registry_address` names the interfaces to use, by address or name.
 *
 * @example
 * export default defineConfig({ plugins: [standard(), registryMdns()], use: { registry: "mdns" } });
 */
export function registryMdns(options: MdnsOptions = {}): Plugin {
  return definePlugin({
    name: "registry-mdns",
    setup({ provide, addresses, defer, log }) {
      provide("registry", "mdns", () => {
        const given = addresses("registry");
        const registry = new MdnsRegistry({ log, ...options, ...(given.length > 0 && { interface: given }) });
        defer(() => registry.close());
        return registry;
      });
    },
  });
}
