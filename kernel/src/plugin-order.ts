import { type Config, flattenPlugins } from "./config.ts";
import type { Plugin } from "./plugin.ts";
import { version } from "./version.ts";

/**
 * The plugins of a config in the order in which they are set up: as listed, but each one behind those it names in
 * `after`.
 *
 * @throws Error when one requires a plugin that is not listed, wants another kernel, or they wait for each other
 */
export function orderPlugins(plugins: readonly Plugin[]): readonly Plugin[] {
  const byName = new Map(plugins.map((plugin) => [plugin.name, plugin]));
  for (const plugin of plugins) check(plugin, byName);
  const ordered = new Set<Plugin>();
  for (const plugin of plugins) visit(plugin, byName, ordered, []);
  return [...ordered];
}

/** The plugins of a config and the config as they amended it. */
export function amendConfig(
  config: Config,
  builtIn: readonly Plugin[],
): { plugins: readonly Plugin[]; config: Config } {
  const plugins = orderPlugins(flattenPlugins([builtIn, config.plugins ?? []]));
  let amended = config;
  for (const plugin of plugins) {
    if (plugin.config === undefined) continue;
    amended = plugin.config(amended);
    if (typeof amended !== "object" || amended === null) {
      throw new TypeError(`plugin "${plugin.name}" must return a config from config()`);
    }
  }
  return { plugins, config: amended };
}

function check({ name, kernel, requires = [] }: Plugin, byName: ReadonlyMap<string, Plugin>): void {
  if (kernel !== undefined && !`${version}.`.startsWith(`${kernel}.`)) {
    throw new Error(`plugin "${name}" is for kernel ${kernel}, this one is ${version}: install a matching version`);
  }
  for (const required of requires) {
    if (!byName.has(required))
      throw new Error(`plugin "${name}" needs plugin "${required}": add it to the plugin list`);
  }
}

function visit(
  plugin: Plugin,
  byName: ReadonlyMap<string, Plugin>,
  ordered: Set<Plugin>,
  path: readonly string[],
): void {
  if (ordered.has(plugin)) return;
  if (path.includes(plugin.name)) {
    throw new Error(`plugins wait for each other: ${[...path, plugin.name].join(" → ")}`);
  }
  for (const name of [...(plugin.after ?? []), ...(plugin.requires ?? [])]) {
    const before = byName.get(name);
    if (before !== undefined) visit(before, byName, ordered, [...path, plugin.name]);
  }
  ordered.add(plugin);
}
