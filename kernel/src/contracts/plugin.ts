import { collectFlags, type Flags, type FlagValues, type Settings } from "@micro/settings";
import type { Kernel } from "../kernel.ts";
import type { Capabilities, CapabilityFactory, CapabilityKind } from "./capabilities.ts";
import type { Config } from "./config.ts";
import type { KernelHooks } from "./hooks.ts";
import type { Logger } from "./log.ts";

/** A plugin: what it says of itself is data, what it does stands in `setup`. Made by {@link definePlugin}. */
export interface Plugin<F extends Flags = Flags> {
  /** Lower case with dashes, the folder's name in this repository. A later plugin of the same name replaces an earlier one. */
  readonly name: string;
  /** The kernel versions it works with, as a prefix: `"0"` or `"0.1"`. Any when absent. */
  readonly kernel?: string;
  /** Names of plugins that are set up before this one where they are in the list. */
  readonly after?: readonly string[];
  /** Names of plugins without which this one does not work; a missing one stops the start with a message. */
  readonly requires?: readonly string[];
  /** Its flags by name. Together with their values they are known before any setup, so that `--help` needs none. */
  readonly flags?: F;
  /** The values that whoever composed the runtime gave to its flags: above defaults, below config, environment and command line. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Kinds of capabilities that it introduces: each gets a flag and a variable. See {@link Capabilities}. */
  readonly capabilities?: Readonly<Record<string, CapabilityDeclaration>>;
  /** Commands of the `micro` program by name. */
  readonly commands?: Readonly<Record<string, Command>>;
  /** Amends the configuration before anything is resolved; returns the new one. */
  readonly config?: (config: Config) => Config;
  /** Runs once per kernel, in order. What it opens it hands to `defer`. May take at most 10 seconds. */
  readonly setup?: (context: PluginContext<F>) => void | Promise<void>;
}

/** What a plugin says of a kind of capability that it introduces. */
export interface CapabilityDeclaration {
  /** One line for `--help`. */
  readonly description: string;
  /** The name chosen when nobody chooses; when absent the last one provided. */
  readonly default?: string;
}

/** What the setup of a plugin gets. */
export interface PluginContext<F extends Flags = Flags> {
  readonly kernel: Kernel;
  readonly hooks: KernelHooks;
  readonly config: Config;
  /** The resolved values of this plugin's own flags. */
  readonly flags: FlagValues<F>;
  /** Writes with the plugin's name. */
  readonly log: Logger;
  /** Aborts when the kernel begins to stop. */
  readonly signal: AbortSignal;
  /** Offers an implementation. The factory runs after all setups, and only when this one is chosen. */
  provide<Kind extends CapabilityKind>(kind: Kind, name: string, factory: CapabilityFactory<Kind>): void;
  /**
   * The chosen implementation of a kind. From inside a setup use it in a factory or later: it throws before all
   * setups are done.
   */
  get<Kind extends CapabilityKind>(kind: Kind): Capabilities[Kind];
  /**
   * Makes an implementation that was provided under a name, chosen or not, for one that stands on it; `undefined` where
   * nobody provides it. Use it in a factory or later, and close what it opens.
   */
  make<Kind extends CapabilityKind>(kind: Kind, name: string): Promise<Capabilities[Kind] | undefined>;
  /** What addresses were given with `--<kind>_address`; empty when none. */
  addresses(kind: CapabilityKind): readonly string[];
  /** Hands over a closer. At the end all run, last first, each with a time limit of its own; a failure stops none of the others. */
  defer(closer: () => void | Promise<void>): void;
}

/** A command of the `micro` program. */
export interface Command {
  /** One line for `--help`. */
  readonly description: string;
  /** What follows the name in a usage line: `SERVICE METHOD [JSON]`. */
  readonly args?: string;
  /** Flags of this command alone. */
  readonly flags?: Flags;
  /** Imports what runs it, so that nothing is loaded for commands that are not used. */
  readonly load: () => Promise<CommandModule>;
}

/** The module behind a command. */
export interface CommandModule {
  /**
   * Runs it. The number is the exit status: 0 done, 1 failed, 2 used in a wrong way. What it throws is written to
   * stderr by the program, which then ends with 2 for a UsageError and 1 for anything else.
   */
  readonly run: (context: CommandContext) => Promise<number>;
}

/** What a command gets to work with. */
export interface CommandContext {
  /** The configuration, as the plugins amended it. */
  readonly config: Config;
  /** Its file; `undefined` when there is none. */
  readonly configFile: string | undefined;
  /** The folder of the config file, where its globs start; without one the working directory. */
  readonly root: string;
  /** The working directory, where files start that are named on the command line. */
  readonly cwd: string;
  /** What stands behind the command's name, flags left out. */
  readonly args: readonly string[];
  /** The values of the command's own flags. */
  readonly flags: FlagValues;
  /** All values, resolved and checked. */
  readonly settings: Settings;
  /**
   * Starts a kernel from the configuration and the command line, without the config's `services`, which would then
   * be served. The program stops it when the command has ended. Every call starts another one.
   *
   * @param changes replace members of the config: `{ local: "encode" }`
   */
  start(changes?: Partial<Config>): Promise<Kernel>;
  /** The configuration as its file has it, before plugins amended it: what {@link startWith} takes. */
  readonly writtenConfig: Config;
  /** The environment of the program, without the variables of `.env`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Starts a kernel from a whole config, with the command line as it is: for a command that reads config and `.env`
   * anew. Unlike with `start`, whoever calls it stops the kernel.
   *
   * @param env what flags are read from, instead of the program's environment with `.env` beneath it
   */
  startWith(config: Config, env: Readonly<Record<string, string | undefined>>): Promise<Kernel>;
  /** The streams of the process, for a command that reads keys or draws; `undefined` when a program runs it. */
  readonly streams: ProcessStreams | undefined;
  /** Writes to standard output. Control characters other than tab and newline are dropped: text may come from others. */
  stdout(text: string): void;
  /** Writes to standard error, likewise. */
  stderr(text: string): void;
  /** Aborts when the program is asked to end. A second time ends it at once. */
  readonly signal: AbortSignal;
}

/** The streams of a process, which are terminals where their `isTTY` says so. Nothing written here is filtered. */
export interface ProcessStreams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
}

/**
 * Checks a plugin and infers the types of its flags.
 *
 * @example
 * export const hello = () => definePlugin({
 *   name: "hello",
 *   flags: { hello_name: { type: "string", default: "you", description: "whom to greet" } },
 *   setup({ hooks, flags, log }) {
 *     hooks.ready.tap("hello", () => log.info(`hello ${flags.hello_name}`));
 *   },
 * });
 *
 * @throws TypeError when the name or the name of a flag is not well formed
 */
export function definePlugin<const F extends Flags = Record<never, never>>(plugin: Plugin<F>): Plugin {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(plugin.name)) {
    throw new TypeError(`a plugin's name is lower case with dashes, not "${plugin.name}"`);
  }
  const checked = plugin as unknown as Plugin;
  collectFlags([{ ...checked, label: `plugin "${plugin.name}"` }]);
  return checked;
}
