import type { Config, ServiceDefinition } from "@micro/kernel";
import { BuildFailure } from "../graph/build-failure.ts";
import type { GuestScope } from "../graph/guest-scope.ts";
import type { ModuleGraph, Snapshot } from "../graph/module-graph.ts";
import { evaluateScoped } from "./graph-guest.ts";
import { within } from "./within.ts";

/** A config with the files it is made of. */
export interface LoadedConfig {
  readonly config: Config;
  readonly scope: GuestScope;
}

/** How long a function that a config file exports may take. */
const configLimitMs = 10_000;

/**
 * Evaluates the config file afresh.
 *
 * @throws BuildFailure, whatever the file throws, or Error when it exports no config
 */
export async function loadConfig(graph: ModuleGraph, snapshot: Snapshot, root: string): Promise<LoadedConfig> {
  if (snapshot.failure !== undefined) throw snapshot.failure;
  const { entry, topLevelAwait } = snapshot;
  if (topLevelAwait !== undefined) {
    const advice = "export a function instead: export default async () => defineConfig({ … })";
    throw new BuildFailure(`a config cannot be reloaded with ${topLevelAwait}; ${advice}`, entry, undefined);
  }
  const { exports, scope } = await evaluateScoped(snapshot, { graph, root, onExit: () => {} });
  try {
    const exported = (exports as { default?: unknown } | undefined)?.default;
    const made: unknown =
      typeof exported === "function" ? await within(configLimitMs, entry, Promise.resolve(exported())) : exported;
    return { config: checkConfig(made, entry), scope };
  } catch (error) {
    scope.dispose();
    throw error;
  }
}

/** The globs and the definitions of `services`. */
export function splitServices({ services = [] }: Config): {
  readonly globs: readonly string[];
  readonly definitions: readonly ServiceDefinition[];
} {
  const globs = services.filter((service) => typeof service === "string");
  const definitions = services.filter((service) => typeof service !== "string");
  return { globs, definitions };
}

function checkConfig(config: unknown, file: string): Config {
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw new Error(`${file} exports no config; write: export default defineConfig({ plugins: [standard()] })`);
  }
  const { services, plugins } = config as { services?: unknown; plugins?: unknown };
  if (services !== undefined && !Array.isArray(services)) {
    throw new Error(`${file}: "services" must be a list of services and globs`);
  }
  if (plugins !== undefined && !Array.isArray(plugins)) throw new Error(`${file}: "plugins" must be a list of plugins`);
  return config as Config;
}
