import { definePlugin, type Plugin } from "@micro/kernel";
import { FooBroker } from "./foo-broker.ts";
import { FooHub } from "./foo-hub.ts";

/** What {@link brokerFoo} can be told. */
export interface BrokerFooOptions {
  /** Kernels with the same hub reach each other. Default the one of the process. */
  readonly hub?: FooHub;
}

const hubOfProcess = new FooHub();

/**
 * Publish and subscribe between the kernels of one process. `--broker=foo` chooses it.
 *
 * @example
 * export default defineConfig({ plugins: [standard(), brokerFoo()], use: { broker: "foo" } });
 */
export function brokerFoo({ hub = hubOfProcess }: BrokerFooOptions = {}): Plugin {
  return definePlugin({
    name: "broker-foo",
    setup({ provide, log }) {
      const onLost = (topic: string, error: unknown): void => log.warn("a message was lost", { topic, error });
      provide("broker", "foo", () => new FooBroker({ hub, onLost }));
    },
  });
}
