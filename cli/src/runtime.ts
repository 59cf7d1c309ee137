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
  readEnvFile,
  UsageError,
  variableOf,
} from "@micro/kernel";
import { cliPlugin } from "./cli-plugin.ts";
import { Failure } from "./failure.ts";
import { importDefault, loadTimeoutMs } from "./import-default.ts";
import { findCapability, importByDevserver } from "./installed.ts";
import type { Env, Io } from "./io.ts";
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
  /** The environment, with the variables of `.env` in that folder beneath it. */
  readonly env: Env;
  readonly plugins: readonly Plugin[];
  readonly commands: ReadonlyMap<string, OwnedCommand>;
}

/** A command and the plugin that brings it. */
export interface OwnedCommand {
  readonly command: Command;
  readonly owner: Plugin;
}

/** Where the name of the config file comes from, and what is beneath it. */
interface RuntimeSources {
  readonly argv: readonly string[];
  readonly env: Env;
  readonly io: Pick<Io, "cwd" | "exportVariables">;
}

/** Where a runtime is. */
type Place = Pick<Runtime, "configFile" | "root" | "env">;

/**
 * Finds and loads the config of the project, with the packages of the capabilities that are chosen by name.
 * Without a config it is the standard one.
 *
 * @throws UsageError when the file of `--config` does not exist
 */
export async function loadRuntime(sources: RuntimeSources): Promise<Runtime> {
  const { argv, io } = sources;
  const named = peekFlag(argv, "config") ?? (sources.env[variableOf("config")] || undefined);
  const configFile = named === undefined ? findConfig(io.cwd) : existing(resolve(io.cwd, named));
  const root = configFile === undefined ? io.cwd : dirname(configFile);
  const variables = readEnvFile(root);
  io.exportVariables?.(variables); // Before the config is loaded, which may ask for them.
  const config = configFile === undefined ? await standardConfig() : await loadWith(argv, configFile);
  const env = { ...variables, ...sources.env };
  return withChosenPackages(createRuntime(config, { configFile, root, env }), argv);
}

/** The runtime of another config in the place of the first one, with the packages that are chosen by name. */
export async function withConfig(
  runtime: Runtime,
  config: Config,
  env: Env,
  argv: readonly string[],
): Promise<Runtime> {
  return withChosenPackages(createRuntime(config, { ...runtime, env }), argv);
}

/** The runtime where there is no config. */
export async function standardRuntime(cwd: string, env: Env): Promise<Runtime> {
  return createRuntime(await standardConfig(), { configFile: undefined, root: cwd, env });
}

/** The runtime with more plugins behind those of its config. */
export function addPlugins(runtime: Runtime, plugins: readonly Plugin[]): Runtime {
  const { config } = runtime;
  return createRuntime({ ...config, plugins: [...(config.plugins ?? []), ...plugins] }, runtime);
}

/** Every flag that stands before or after a command, those of all commands included. */
export function collectAllFlags({ plugins, commands }: Runtime): ReadonlyMap<string, KnownFlag> {
  const known = new Map(collectFlags([cliPlugin, ...plugins]));
  for (const [name, { command }] of commands) {
    for (const [flagName, flag] of Object.entries(command.flags ?? {})) known.set(flagName, { flag, owner: name });
  }
  return known;
}

/** `micro dev` has a way of its own to load files, which it takes for the config too. */
async function loadWith(argv: readonly string[], file: string): Promise<Config> {
  const isDev = argv.find((word) => !word.startsWith("-")) === "dev";
  return loadConfig(file, loadTimeoutMs, isDev ? importByDevserver : importDefault);
}

function existing(file: string): string {
  if (!existsSync(file)) throw new UsageError(`--config: there is no file ${file}`);
  return file;
}

async function standardConfig(): Promise<Config> {
  const { standard } = await import("@micro/standard");
  return { plugins: [standard()] };
}

function createRuntime(config: Config, { configFile, root, env }: Place): Runtime {
  const { config: amended, plugins } = amendConfig(config, [memory()]);
  checkFlags([cliPlugin, ...plugins]);
  return { config, amended, configFile, root, env, plugins, commands: collectCommands([cliPlugin, ...plugins]) };
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
async function withChosenPackages(runtime: Runtime, argv: readonly string[]): Promise<Runtime> {
  const { env } = runtime;
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
  return createRuntime(config, runtime);
}
