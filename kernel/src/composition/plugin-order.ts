import type { Config, PluginList } from "../contracts/config.ts";
import type { Plugin } from "../contracts/plugin.ts";
import { version } from "../version.ts";

/** The plugins of a config and the config as they amended it. */
export function amendConfig(config: Config, builtIn: PluginList): { plugins: readonly Plugin[]; config: Config } {
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

/**
 * The plugins of a config in the order in which they are set up: as listed, but each one behind those it names in
 * `after`.
 *
 * @throws Error when one requires a plugin that is not listed, wants another kernel, or they wait for each other
 */
function orderPlugins(plugins: readonly Plugin[]): readonly Plugin[] {
  const byName = new Map(plugins.map((plugin) => [plugin.name, plugin]));
  for (const plugin of plugins) check(plugin, byName);
  const ordered = new Set<Plugin>();
  const visit = (plugin: Plugin, path: readonly string[]): void => {
    if (ordered.has(plugin)) return;
    const here = [...path, plugin.name];
    if (path.includes(plugin.name)) throw new Error(`plugins wait for each other: ${here.join(" → ")}`);
    for (const name of [...(plugin.after ?? []), ...(plugin.requires ?? [])]) {
      const before = byName.get(name);
      if (before !== undefined) visit(before, here);
    }
    ordered.add(plugin);
  };
  for (const plugin of plugins) visit(plugin, []);
  return [...ordered];
}

/** The plugins of nested lists, in order, each name once: the last of a name takes the place of the first. */
function flattenPlugins(list: PluginList): readonly Plugin[] {
  const plugins = (list as readonly Plugin[]).flat(Number.POSITIVE_INFINITY).filter(Boolean);
  return [...new Map(plugins.map((plugin) => [plugin.name, plugin])).values()];
}

function check({ name, kernel, requires = [] }: Plugin, byName: ReadonlyMap<string, Plugin>): void {
  if (kernel !== undefined && !`${version}.`.startsWith(`${kernel}.`)) {
    throw new Error(`plugin "${name}" is for kernel ${kernel}, this one is ${version}: install a matching version`);
  }
  for (const required of requires) {
    if (byName.has(required)) continue;
    throw new Error(`plugin "${name}" needs plugin "${required}": add it to the plugin list`);
  }
}
