import { definePlugin, type Plugin } from "@micro/kernel";
import { FooTransport } from "./foo-transport.ts";

/**
 * Messages as frames over TCP. `--transport=foo` chooses it.
 *
 * @example
 * export default defineConfig({ plugins: [standard(), transportFoo()], use: { transport: "foo" } });
 */
export function transportFoo(): Plugin {
  return definePlugin({
    name: "transport-foo",
    setup({ provide }) {
      provide("transport", "foo", () => new FooTransport());
    },
  });
}
