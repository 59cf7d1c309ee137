import { readFileSync } from "node:fs";
import { definePlugin, type Plugin, UsageError } from "@micro/kernel";
import { ConsulRegistry } from "./consul-registry.ts";
import type { ConsulOptions, ConsulTls } from "./options.ts";

/** What {@link registryConsul} can be told: all that {@link ConsulRegistry} takes. Flags that were given go before it. */
export type RegistryConsulOptions = ConsulOptions;

/**
 * Discovery through Consul, beside go-micro programs that use it. `--registry=consul` chooses it,
 * `--registry_address` says where its agents are, in the order in which they are tried.
 *
 * @example
 * export default defineConfig({ plugins: [standard(), registryConsul()], use: { registry: "consul" } });
 */
export function registryConsul(options: RegistryConsulOptions = {}): Plugin {
  return definePlugin({
    name: "registry-consul",
    flags: {
      register_ttl: {
        type: "duration",
        default: "1m",
        unit: "s",
        description: "how long a node is believed without a heartbeat",
      },
      register_interval: {
        type: "duration",
        default: "20s",
        min: "1s",
        unit: "s",
        description: "time between two heartbeats",
      },
      consul_token: {
        type: "string",
        secret: true,
        description: "ACL token for Consul; better given as MICRO_CONSUL_TOKEN",
      },
      consul_datacenter: { type: "string", description: "datacenter of Consul to look in; that of the agent if empty" },
      consul_ca_file: { type: "string", description: "PEM file of the authority that signed Consul's certificate" },
      consul_cert_file: { type: "string", description: "PEM file of our own certificate for Consul" },
      consul_key_file: { type: "string", description: "PEM file of the key of that certificate" },
    },
    settings: {
      ...(options.registerTtlMs !== undefined && { register_ttl: `${options.registerTtlMs}ms` }),
      ...(options.registerIntervalMs !== undefined && { register_interval: `${options.registerIntervalMs}ms` }),
    },
    setup({ provide, addresses, flags, log, defer }) {
      provide("registry", "consul", () => {
        const given = addresses("registry");
        if ((flags.consul_cert_file === "") !== (flags.consul_key_file === "")) {
          throw new UsageError("--consul_cert_file and --consul_key_file belong together: give both, or neither");
        }
        const registry = createRegistry({
          log,
          ...options,
          ...(given.length > 0 && { address: given }),
          registerTtlMs: flags.register_ttl,
          registerIntervalMs: flags.register_interval,
          ...(flags.consul_token !== "" && { token: flags.consul_token }),
          ...(flags.consul_datacenter !== "" && { datacenter: flags.consul_datacenter }),
          tls: {
            ...options.tls,
            ...filesOf({ ca: flags.consul_ca_file, cert: flags.consul_cert_file, key: flags.consul_key_file }),
          },
        });
        defer(() => registry.close());
        return registry;
      });
    },
  });
}

/** What one value allows is checked by the flags; what several mean together is told only here. */
function createRegistry(options: ConsulOptions): ConsulRegistry {
  try {
    return new ConsulRegistry(options);
  } catch (error) {
    throw error instanceof TypeError ? new UsageError(error.message, { cause: error }) : error;
  }
}

function filesOf(files: Readonly<Record<"ca" | "cert" | "key", string>>): ConsulTls {
  const given = Object.entries(files).filter(([, file]) => file !== "");
  return Object.fromEntries(given.map(([name, file]) => [name, readFlagged(`--consul_${name}_file`, file)]));
}

function readFlagged(flag: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`${flag} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
