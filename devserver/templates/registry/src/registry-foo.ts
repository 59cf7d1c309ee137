import { homedir } from "node:os";
import { join } from "node:path";
import { definePlugin, type Plugin } from "@micro/kernel";
import { FooRegistry } from "./foo-registry.ts";

/** What {@link registryFoo} can be told. */
export interface RegistryFooOptions {
  /** Where records are kept, `--registry_foo_folder`. Default a folder in the home of the user. */
  readonly folder?: string;
}

/**
 * Discovery through files in a folder, for processes of one machine. `--registry=foo` chooses it.
 *
 * @example
 * export default defineConfig({ plugins: [standard(), registryFoo()], use: { registry: "foo" } });
 */
export function registryFoo({ folder }: RegistryFooOptions = {}): Plugin {
  return definePlugin({
    name: "registry-foo",
    flags: {
      registry_foo_folder: {
        type: "string",
        default: join(homedir(), ".micro", "registry-foo"),
        description: "the folder that processes find each other by",
      },
    },
    settings: folder === undefined ? {} : { registry_foo_folder: folder },
    setup({ provide, flags }) {
      // The factory runs only when this registry is chosen; the kernel closes what it makes.
      provide("registry", "foo", () => new FooRegistry(flags.registry_foo_folder));
    },
  });
}
