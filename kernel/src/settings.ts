import type { Config } from "./config.ts";
import { defaultFlagValue, describeAllowed, parseFlagValue } from "./flag-value.ts";
import type { Flag, Flags, FlagValue, FlagValues } from "./flags.ts";
import { capabilityFlags, kernelFlags, kernelKinds } from "./kernel-flags.ts";
import { nearest } from "./nearest.ts";
import type { Plugin } from "./plugin.ts";

/** Something was asked for in a wrong way: an option that does not exist, a value that is not allowed. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly code = "usage";
}

/** Flags as they stand on a command line: texts by name, `true` for a bare switch, a list for one given again. */
export type RawFlags = Readonly<Record<string, string | readonly string[] | true>>;

/** Where values of flags come from; each one goes before those above it. */
export interface SettingsSources {
  /** Bring flags, and values for them in their `settings`. */
  readonly plugins?: readonly Plugin[];
  /** Its `settings` and `use`. */
  readonly config?: Config;
  /** Variables `MICRO_…`. An empty one counts as absent, as in go-micro; one that no flag has is passed over. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The command line. */
  readonly flags?: RawFlags;
}

/** Who set a value. */
export type SettingSource = "default" | "plugin" | "config" | "environment" | "flag";

/** A flag with its value. */
export interface Setting extends KnownFlag {
  readonly name: string;
  readonly value: FlagValue;
  readonly source: SettingSource;
}

/** A flag and who brought it: the name of a plugin, or `kernel`. */
export interface KnownFlag {
  readonly flag: Flag;
  readonly owner: string;
}

/** The values of all flags of a runtime. They do not change any more. */
export class Settings {
  readonly #byName: ReadonlyMap<string, Setting>;

  /** @internal Use {@link resolveSettings}. */
  constructor(byName: ReadonlyMap<string, Setting>) {
    this.#byName = byName;
  }

  /**
   * The value of a flag: milliseconds for a duration, `""` for a text that was not given.
   *
   * @throws TypeError when there is no such flag
   */
  get(name: string): FlagValue {
    return this.#find(name).value;
  }

  /**
   * Who set the value of a flag.
   *
   * @throws TypeError when there is no such flag
   */
  source(name: string): SettingSource {
    return this.#find(name).source;
  }

  /** All of them: the kernel's, then each plugin's. */
  entries(): Iterable<Setting> {
    return this.#byName.values();
  }

  /** The values of a plugin's own flags. */
  of(plugin: Plugin): FlagValues {
    const values: Record<string, FlagValue> = Object.create(null);
    for (const name of Object.keys(plugin.flags ?? {})) values[name] = this.get(name);
    return Object.freeze(values);
  }

  #find(name: string): Setting {
    const setting = this.#byName.get(name);
    if (setting === undefined) throw new TypeError(`there is no flag "${name}"`);
    return setting;
  }
}

/**
 * Gives every flag of the kernel and the plugins its value: default, then plugin, config, environment, flag. All
 * that is given is checked, also what something else overrides.
 *
 * @throws UsageError that names the option, what was given and what is allowed
 * @throws TypeError when two plugins bring the same flag, or one brings a flag of the kernel
 */
export function resolveSettings({ plugins = [], config = {}, env = {}, flags = {} }: SettingsSources): Settings {
  const settings = new Map<string, Setting>();
  for (const [name, { flag, owner }] of collectFlags(plugins)) {
    settings.set(name, { name, flag, owner, value: defaultFlagValue(flag), source: "default" });
  }
  for (const { name, label, given, source } of eachGiven(settings, plugins, config, env, flags)) {
    const setting = settings.get(name);
    if (setting === undefined) throw new UsageError(describeUnknown(label, settings.keys(), name));
    settings.set(name, { ...setting, value: parseGiven(setting.flag, label(name), given), source });
  }
  return new Settings(settings);
}

/**
 * Every flag of the kernel and the plugins by name, with who brought it.
 *
 * @throws TypeError when two bring the same one, or a name is not well formed
 */
export function collectFlags(plugins: readonly Plugin[]): ReadonlyMap<string, KnownFlag> {
  const known = new Map<string, KnownFlag>();
  claim(known, "kernel", kernelFlags);
  for (const { name, flags = {}, capabilities = {} } of plugins) {
    claim(known, name, flags);
    for (const [kind, declaration] of Object.entries(capabilities))
      claim(known, name, capabilityFlags(kind, declaration));
  }
  return known;
}

/** The variable of a flag: `MICRO_CLIENT_POOL_SIZE`. */
export function variableOf(name: string): string {
  return `MICRO_${name.toUpperCase()}`;
}

/** Says that there is no such option, and which one was probably meant. */
export function describeUnknown(label: Label, names: Iterable<string>, name: string): string {
  const meant = nearest(name, names);
  const hint = meant === undefined ? "" : `; did you mean ${label(meant)}?`;
  return `unknown option ${label(name)}${hint}`;
}

/** How an option is written where it was given: `--x`, `MICRO_X`, `settings.x in the config`. */
export type Label = (name: string) => string;

/** The label of flags on a command line. */
export const flagLabel: Label = (name) => `--${name}`;

interface Given {
  readonly name: string;
  readonly label: Label;
  readonly given: unknown;
  readonly source: SettingSource;
}

function claim(known: Map<string, KnownFlag>, owner: string, flags: Flags): void {
  for (const [name, flag] of Object.entries(flags)) {
    if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name)) {
      throw new TypeError(`plugin "${owner}": the name of a flag is lower case with underscores, not "${name}"`);
    }
    const first = known.get(name);
    if (first !== undefined)
      throw new TypeError(`plugin "${owner}" brings the flag "${name}" of ${describeOwner(first)}`);
    known.set(name, { flag, owner });
  }
}

function describeOwner({ owner }: KnownFlag): string {
  return owner === "kernel" ? "the kernel" : `plugin "${owner}" again; use one of the two, or rename it`;
}

function* eachGiven(
  known: ReadonlyMap<string, Setting>,
  plugins: readonly Plugin[],
  config: Config,
  env: NonNullable<SettingsSources["env"]>,
  flags: RawFlags,
): Generator<Given> {
  for (const plugin of plugins) yield* eachOfPlugin(plugin);
  yield* eachOf(config.settings, (name) => `settings.${name} in the config`, "config");
  yield* eachOfUse(config.use, plugins);
  for (const name of known.keys()) {
    const given = env[variableOf(name)];
    if (given !== undefined && given !== "") yield { name, label: variableOf, given, source: "environment" };
  }
  yield* eachOf(flags, flagLabel, "flag");
}

function* eachOfPlugin({ name, flags = {}, settings }: Plugin): Generator<Given> {
  for (const given of eachOf(settings, (option) => `${option} of plugin "${name}"`, "plugin")) {
    if (!Object.hasOwn(flags, given.name)) {
      throw new UsageError(describeUnknown(given.label, Object.keys(flags), given.name));
    }
    yield given;
  }
}

function* eachOfUse(use: Config["use"], plugins: readonly Plugin[]): Generator<Given> {
  const kinds = [kernelKinds, ...plugins.map((plugin) => plugin.capabilities ?? {})].flatMap((it) => Object.keys(it));
  for (const given of eachOf(use, (kind) => `use.${kind} in the config`, "config")) {
    if (!kinds.includes(given.name)) throw new UsageError(describeUnknown(given.label, kinds, given.name));
    yield given;
  }
}

function* eachOf(values: object | undefined, label: Label, source: SettingSource): Generator<Given> {
  for (const [name, given] of Object.entries(values ?? {})) {
    if (given !== undefined) yield { name, label, given, source };
  }
}

function parseGiven(flag: Flag, label: string, given: unknown): FlagValue {
  if (flag.type !== "list" && Array.isArray(given)) throw new UsageError(`${label} can be given only once`);
  const value = parseFlagValue(flag, given);
  if (value === undefined) throw new UsageError(`${label} must be ${describeAllowed(flag)}, not ${show(given)}`);
  return value;
}

// Quoted, so that control characters stay visible; bounded, as it may be anything.
function show(given: unknown): string {
  if (typeof given !== "string") return typeof given === "object" ? "an object" : String(given);
  return JSON.stringify(given.length <= maxShown ? given : `${given.slice(0, maxShown)}…`);
}

const maxShown = 60;
