import { defaultFlagValue, describeAllowed, parseFlagValue } from "./flag-value.ts";
import type { Flag, Flags, FlagValue, FlagValues } from "./flags.ts";
import { nearest } from "./nearest.ts";
import { isSecret } from "./shown-value.ts";

/** Something was asked for in a wrong way: an option that does not exist, a value that is not allowed. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly code = "usage";
}

/** Flags as they stand on a command line: texts by name, `true` for a bare switch, a list for one given again. */
export type RawFlags = Readonly<Record<string, string | readonly string[] | true>>;

/** A part of a program that brings flags. */
export interface FlagOwner {
  readonly name: string;
  /** What messages call it: `plugin "pool"`. Default the name in quotes. */
  readonly label?: string;
  readonly flags?: Flags;
  /** Values for its own flags, from whoever put the program together; `undefined` counts as absent. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Values by the name of their flag, as an object in a config file has them; `undefined` counts as absent. */
export interface ConfigValues {
  readonly values: Readonly<Record<string, unknown>>;
  /** How one of them is written there: `settings.x in the config`. */
  readonly label: Label;
  /** The flags that can be given there. Default all. */
  readonly names?: readonly string[];
}

/** How an option is written where it was given: `--x`, `MICRO_X`, `settings.x in the config`. */
export type Label = (name: string) => string;

/** Where values of flags come from; each one goes before those above it. */
export interface SettingsSources {
  /** Bring flags, and values for them in their `settings`. */
  readonly owners: readonly FlagOwner[];
  /** In order: a later one goes before an earlier one. */
  readonly config?: readonly ConfigValues[];
  /** Variables `MICRO_…`. An empty one counts as absent, as in go-micro; one that no flag has is passed over. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The command line. */
  readonly flags?: RawFlags;
}

/** Who set a value; `plugin` is the owner of the flag. */
export type SettingSource = "default" | "plugin" | "config" | "environment" | "flag";

/** A flag with its value. */
export interface Setting extends KnownFlag {
  readonly name: string;
  readonly value: FlagValue;
  readonly source: SettingSource;
  /** How the option is written where its value was given: `--x`, `MICRO_X`; `""` for a default. */
  readonly origin: string;
}

/** A flag and the name of who brought it. */
export interface KnownFlag {
  readonly flag: Flag;
  readonly owner: string;
}

/** The values of all flags of a program. They do not change any more. */
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

  /** All of them, in the order of their owners. */
  entries(): Iterable<Setting> {
    return this.#byName.values();
  }

  /** The values of the flags that an owner brought itself. */
  of({ flags = {} }: Pick<FlagOwner, "flags">): FlagValues {
    const values: Record<string, FlagValue> = Object.create(null);
    for (const name of Object.keys(flags)) values[name] = this.get(name);
    return Object.freeze(values);
  }

  #find(name: string): Setting {
    const setting = this.#byName.get(name);
    if (setting === undefined) throw new TypeError(`there is no flag "${name}"`);
    return setting;
  }
}

/**
 * Gives every flag its value: default, then owner, config, environment, flag. All that is given is checked, also
 * what something else overrides.
 *
 * @throws UsageError that names the option, what was given and what is allowed
 * @throws TypeError when two owners bring the same flag, or a name is not well formed
 */
export function resolveSettings({ owners, config = [], env = {}, flags = {} }: SettingsSources): Settings {
  const settings = new Map<string, Setting>();
  for (const [name, { flag, owner }] of collectFlags(owners)) {
    settings.set(name, { name, flag, owner, value: defaultFlagValue(flag), source: "default", origin: "" });
  }
  for (const { name, label, given, source } of eachGiven(settings, { owners, config, env, flags })) {
    const setting = settings.get(name);
    if (setting === undefined) throw new UsageError(describeUnknown(label, settings.keys(), name));
    const origin = label(name);
    settings.set(name, { ...setting, value: parseGiven(setting.flag, origin, given), source, origin });
  }
  return new Settings(settings);
}

/**
 * Every flag by name, with who brought it.
 *
 * @throws TypeError when two bring the same one, or a name is not well formed
 */
export function collectFlags(owners: readonly FlagOwner[]): ReadonlyMap<string, KnownFlag> {
  const first = new Map<string, FlagOwner>();
  const known = new Map<string, KnownFlag>();
  for (const owner of owners) {
    for (const [name, flag] of Object.entries(owner.flags ?? {})) {
      claim(first, name, owner);
      known.set(name, { flag, owner: owner.name });
    }
  }
  return known;
}

/** The variable of a flag: `MICRO_CLIENT_POOL_SIZE`. */
export function variableOf(name: string): string {
  return `${variablePrefix}${name.toUpperCase()}`;
}

const variablePrefix = "MICRO_";

/**
 * Variables that no flag has, but that are spelled nearly as one that a flag has: each with that one. Other programs
 * may use the prefix too, so at most two letters differ.
 */
export function findMistypedVariables(
  env: Readonly<Record<string, string | undefined>>,
  names: Iterable<string>,
): ReadonlyMap<string, string> {
  const known = new Set(names);
  const mistyped = new Map<string, string>();
  for (const [variable, value] of Object.entries(env)) {
    // An empty variable sets nothing, under any name.
    if (!variable.startsWith(variablePrefix) || value === undefined || value === "") continue;
    const name = variable.slice(variablePrefix.length).toLowerCase();
    const meant = known.has(name) && variable === variableOf(name) ? undefined : nearest(name, known, 2);
    if (meant !== undefined) mistyped.set(variable, variableOf(meant));
  }
  return mistyped;
}

/** Says that there is no such option, and which one was probably meant. */
export function describeUnknown(label: Label, names: Iterable<string>, name: string): string {
  const meant = nearest(name, names);
  const hint = meant === undefined ? "" : `; did you mean ${label(meant)}?`;
  return `unknown option ${label(name)}${hint}`;
}

/** The label of flags on a command line. */
export const flagLabel: Label = (name) => `--${name}`;

interface Given {
  readonly name: string;
  readonly label: Label;
  readonly given: unknown;
  readonly source: SettingSource;
}

function claim(first: Map<string, FlagOwner>, name: string, owner: FlagOwner): void {
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name)) {
    throw new TypeError(`${labelOf(owner)}: the name of a flag is lower case with underscores, not "${name}"`);
  }
  const other = first.get(name);
  if (other !== undefined) {
    throw new TypeError(
      `${labelOf(owner)} brings the flag "${name}" of ${labelOf(other)} again; use one of the two, or rename it`,
    );
  }
  first.set(name, owner);
}

function labelOf({ label, name }: FlagOwner): string {
  return label ?? JSON.stringify(name);
}

function* eachGiven(
  known: ReadonlyMap<string, Setting>,
  { owners, config, env, flags }: Required<SettingsSources>,
): Generator<Given> {
  for (const owner of owners) yield* eachOf(ownerValues(owner), "plugin");
  for (const values of config) yield* eachOf(values, "config");
  for (const name of known.keys()) {
    const given = env[variableOf(name)];
    if (given !== undefined && given !== "") yield { name, label: variableOf, given, source: "environment" };
  }
  yield* eachOf({ values: flags, label: flagLabel }, "flag");
}

function ownerValues(owner: FlagOwner): ConfigValues {
  const { flags = {}, settings = {} } = owner;
  return { values: settings, label: (name) => `${name} of ${labelOf(owner)}`, names: Object.keys(flags) };
}

function* eachOf({ values, label, names }: ConfigValues, source: SettingSource): Generator<Given> {
  for (const [name, given] of Object.entries(values)) {
    if (given === undefined) continue;
    if (names?.includes(name) === false) throw new UsageError(describeUnknown(label, names, name));
    yield { name, label, given, source };
  }
}

function parseGiven(flag: Flag, label: string, given: unknown): FlagValue {
  if (flag.type !== "list" && Array.isArray(given)) throw new UsageError(`${label} can be given only once`);
  const value = parseFlagValue(flag, given);
  if (value !== undefined) return value;
  throw new UsageError(`${label} must be ${describeAllowed(flag)}${isSecret(flag) ? "" : `, not ${show(given)}`}`);
}

// Quoted, so that control characters stay visible; bounded, as it may be anything.
function show(given: unknown): string {
  if (typeof given !== "string") return typeof given === "object" ? "an object" : String(given);
  return JSON.stringify(given.length <= maxShown ? given : `${given.slice(0, maxShown)}…`);
}

const maxShown = 60;
