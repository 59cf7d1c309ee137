import { type Duration, definePlugin, type Plugin } from "@micro/kernel";
import { AddressBook } from "./address-book.ts";
import { ConnectionPool } from "./connection-pool.ts";
import { defaults, maxSize } from "./options.ts";
import { SharedPool } from "./shared-pool.ts";

/** What {@link pool} can be told. The environment and the command line go before it. */
export interface PoolSettings {
  /**
   * How many idle connections are kept per address, `--client_pool_size`. Default 0: a connection per call, as in 2016.
   * Over a transport that carries many exchanges at once, how many connections to an address there are at most.
   */
  readonly size?: number;
  /**
   * How many connections to one address calls may have at a time, `--client_pool_limit`; those beyond it wait for their
   * turn until their deadline. Default 100; 0 for any number. Without a size there is no limit.
   */
  readonly limit?: number;
  /** How old a connection may become, `--client_pool_ttl`. Default `"1m"`. */
  readonly ttl?: Duration;
}

/**
 * Keeps connections after a call and uses them for the next one to the same address. With size 0 it does nothing.
 *
 * @example
 * const kernel = await startKernel({ plugins: [standard(), pool({ size: 10 })] });
 */
export function pool({ size, limit, ttl }: PoolSettings = {}): Plugin {
  return definePlugin({
    name: "pool",
    flags: {
      client_pool_size: {
        type: "number",
        default: 0,
        min: 0,
        max: maxSize,
        description: "how many idle connections to keep per address; 0 for a connection per call",
      },
      client_pool_limit: {
        type: "number",
        default: defaults.limit,
        min: 0,
        max: maxSize,
        description: "how many connections calls may have per address at a time; 0 for any number",
      },
      client_pool_ttl: {
        type: "duration",
        default: defaults.ttl,
        min: "1ms",
        description: "how old a kept connection may become",
      },
    },
    settings: {
      ...(size === undefined ? {} : { client_pool_size: size }),
      ...(limit === undefined ? {} : { client_pool_limit: limit }),
      ...(ttl === undefined ? {} : { client_pool_ttl: ttl }),
    },
    setup({ hooks, flags, get, defer }) {
      const { client_pool_size: size, client_pool_ttl: ttl, client_pool_limit: limit } = flags;
      // Tapping `discovered` makes the registry watch everything, so a pool of none must not.
      if (size === 0) return;
      let connections: ConnectionPool | SharedPool | undefined;
      defer(() => connections?.close());
      hooks.dial.tap("pool", (next) => {
        // Whoever composes the way to a connection anew has no use for what the old one kept.
        connections?.close();
        const made = get("transport").multiplexed
          ? new SharedPool(next, { size, ttl })
          : new ConnectionPool(next, { size, ttl, limit });
        connections = made;
        return (target) => made.acquire(target);
      });
      const book = new AddressBook();
      hooks.discovered.tap("pool", (event) => {
        const left = book.note(event);
        if (connections !== undefined)
          for (const address of left ?? strangers(connections, book)) connections.closeAddress(address);
      });
    },
  });
}

// A connection is only a saving: where the registry does not say who left, all go that might be meant.
function strangers({ addresses }: ConnectionPool | SharedPool, book: AddressBook): readonly string[] {
  const known = book.addresses;
  return addresses.filter((address) => !known.has(address));
}
