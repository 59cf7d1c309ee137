import { type Duration, definePlugin, type Plugin } from "@micro/kernel";
import { ConnectionPool } from "./connection-pool.ts";

/** What {@link pool} can be told. The environment and the command line go before it. */
export interface PoolSettings {
  /** How many idle connections are kept per address, `--client_pool_size`. Default 0: a connection per call, as in 2016. */
  readonly size?: number;
  /** How old a connection may become, `--client_pool_ttl`. Default `"1m"`. */
  readonly ttl?: Duration;
}

/**
 * Keeps connections after a call and uses them for the next one to the same address. With size 0 it does nothing.
 *
 * @example
 * const kernel = await startKernel({ plugins: [standard(), pool({ size: 10 })] });
 */
export function pool({ size, ttl }: PoolSettings = {}): Plugin {
  return definePlugin({
    name: "pool",
    flags: {
      client_pool_size: {
        type: "number",
        default: 0,
        min: 0,
        max: 10_000,
        description: "how many idle connections to keep per address; 0 for a connection per call",
      },
      client_pool_ttl: {
        type: "duration",
        default: "1m",
        min: "1ms",
        description: "how old a kept connection may become",
      },
    },
    settings: {
      ...(size === undefined ? {} : { client_pool_size: size }),
      ...(ttl === undefined ? {} : { client_pool_ttl: ttl }),
    },
    setup({ hooks, flags, defer }) {
      // Tapping `discovered` makes the registry watch everything, so a pool of none must not.
      if (flags.client_pool_size === 0) return;
      const pools: ConnectionPool[] = [];
      defer(() => {
        for (const each of pools) each.close();
      });
      hooks.dial.tap("pool", (next) => {
        const connections = new ConnectionPool(next, { size: flags.client_pool_size, ttl: flags.client_pool_ttl });
        pools.push(connections);
        return (target) => connections.acquire(target);
      });
      hooks.discovered.tap("pool", ({ action, service }) => {
        if (action !== "delete") return;
        for (const { address } of service.nodes) for (const each of pools) each.closeAddress(address);
      });
    },
  });
}
