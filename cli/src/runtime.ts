import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import {
  amendConfig,
  type Command,
  type Config,
  collectFlags,
  type KnownFlag,
  kernelKinds,
  memory,
  type Plugin,
  UsageError,
  variableOf,
} from "@micro/kernel";
import { cliPlugin } from "./cli-plugin.ts";
import { Failure } from "./failure.ts";
import { findCapability } from "./installed.ts";
import type { Env } from "./io.ts";
import { findConfig, loadConfig } from "./load-config.ts";
import { peekFlag } from "./words.ts";

/** What the command line works with: the configuration, its plugins, and what they bring. */
export interface Runtime {
  /** As the file has it: what a kernel is started with. */
  readonly config: Config;
  /** As the plugins amended it. */
  readonly amended: Config;
  readonly configFile: string | undefined;
  readonly root: string;
  readonly plugins: readonly Plugin[];
  readonly commands: ReadonlyMap<string, OwnedCommand>;
}

/** A command and the plugin that brings it. */
export interface OwnedCommand {
  readonly command: Command;
  readonly owner: Plugin;
}

/** Where the name of the config file comes from. */
interface RuntimeSources {
  readonly argv: readonly string[];
  readonly env: Env;
  readonly cwd: string;
}

/**
 * Finds and loads the config of the project, with the packages of the capabilities that are chosen by name.
 * Without a config it is the standard one.
 *
 * @throws UsageError when the file of `--config` does not exist
 */
export async function loadRuntime(sources: RuntimeSources): Promise<Runtime> {
  const { argv, env, cwd } = sources;
  const named = peekFlag(argv, "config") ?? (env[variableOf("config")] || undefined);
  const configFile = named === undefined ? findConfig(cwd) : existing(resolve(cwd, named));
  const root = configFile === undefined ? cwd : dirname(configFile);
  const config = configFile === undefined ? await standardConfig() : await loadConfig(configFile);
  return withChosenPackages(createRuntime(config, configFile, root), sources);
}

/** The runtime where there is no config. */
export async function standardRuntime(cwd: string): Promise<Runtime> {
  return createRuntime(await standardConfig(), undefined, cwd);
}

/** The runtime with more plugins behind those of its config. */
export function addPlugins({ config, configFile, root }: Runtime, plugins: readonly Plugin[]): Runtime {
  return createRuntime({ ...config, plugins: [...(config.plugins ?? []), ...plugins] }, configFile, root);
}

/** Every flag that stands before or after a command, those of all commands included. */
export function collectAllFlags({ plugins, commands }: Runtime): ReadonlyMap<string, KnownFlag> {
  const known = new Map(collectFlags([cliPlugin, ...plugins]));
  for (const [name, { command }] of commands) {
    for (const [flagName, flag] of Object.entries(command.flags ?? {})) known.set(flagName, { flag, owner: name });
  }
  return known;
}

function existing(file: string): string {
  if (!existsSync(file)) throw new UsageError(`--config: there is no file ${file}`);
  return file;
}

async function standardConfig(): Promise<Config> {
  const { standard } = await import("@micro/standard");
  return { plugins: [standard()] };
}

function createRuntime(config: Config, configFile: string | undefined, root: string): Runtime {
  const { config: amended, plugins } = amendConfig(config, [memory()]);
  checkFlags([cliPlugin, ...plugins]);
  return { config, amended, configFile, root, plugins, commands: collectCommands([cliPlugin, ...plugins]) };
}

/** Whose mistake it is if two bring one flag, the message says; where in this program it was seen, nobody needs. */
function checkFlags(plugins: readonly Plugin[]): void {
  try {
    collectFlags(plugins);
  } catch (error) {
    throw error instanceof TypeError ? new Failure(error.message, { cause: error }) : error;
  }
}

function collectCommands(plugins: readonly Plugin[]): ReadonlyMap<string, OwnedCommand> {
  const commands = new Map<string, OwnedCommand>();
  for (const owner of plugins) {
    for (const [name, command] of Object.entries(owner.commands ?? {})) {
      const first = commands.get(name)?.owner.name;
      if (first !== undefined) {
        throw new Failure(`plugin "${owner.name}" brings the command "${name}", which plugin "${first}" has`);
      }
      commands.set(name, { command, owner });
    }
  }
  return commands;
}

/** `--registry=consul` works where the package is installed, without a line in the config. */
async function withChosenPackages(runtime: Runtime, { argv, env }: RuntimeSources): Promise<Runtime> {
  const { use, settings } = runtime.amended;
  const kinds = [kernelKinds, ...runtime.plugins.map(({ capabilities = {} }) => capabilities)].flatMap(Object.keys);
  const found: Plugin[] = [];
  for (const kind of kinds) {
    const name = peekFlag(argv, kind) ?? (env[variableOf(kind)] || Reflect.get(use ?? {}, kind) || settings?.[kind]);
    if (typeof name !== "string" || runtime.plugins.some((plugin) => plugin.name === `${kind}-${name}`)) continue;
    const plugin = await findCapability(kind, name, runtime.root);
    if (plugin !== undefined) found.push(plugin);
  }
  if (found.length === 0) return runtime;
  // In front, so that a plugin of the config that provides the same implementation goes before the package.
  const config = { ...runtime.config, plugins: [...found, ...(runtime.config.plugins ?? [])] };
  return createRuntime(config, runtime.configFile, runtime.root);
}
