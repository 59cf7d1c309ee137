import { definePlugin, type Plugin } from "@micro/kernel";
import { HttpBroker } from "./http-broker.ts";
import type { HttpBrokerOptions } from "./options.ts";

/** What {@link brokerHttp} can be told: all that {@link HttpBroker} takes, with the registry and the log of the kernel. */
export type BrokerHttpOptions = Omit<HttpBrokerOptions, "registry">;

/**
 * Provides the broker `http`, that of go-micro: no server between, each message is posted to its subscribers.
 * `--broker_address` says where subscribers listen, and goes before `address`.
 *
 * @example
 * export default defineConfig({ plugins: [standard(), brokerHttp()], use: { broker: "http" } });
 */
export function brokerHttp(options: BrokerHttpOptions = {}): Plugin {
  return definePlugin({
    name: "broker-http",
    setup({ provide, get, addresses, log }) {
      provide("broker", "http", () => {
        const address = onlyAddress(addresses("broker")) ?? options.address;
        const given = address === undefined ? {} : { address };
        return new HttpBroker({ log, ...options, ...given, registry: get("registry") });
      });
    },
  });
}

function onlyAddress([address, ...more]: readonly string[]): string | undefined {
  if (more.length === 0) return address;
  throw new TypeError(`the HTTP broker listens on one address; --broker_address names ${more.length + 1}`);
}
