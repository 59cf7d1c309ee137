import {
  collectFlags as collectFlagsOf,
  type FlagOwner,
  type KnownFlag,
  resolveSettings as resolveSettingsOf,
  type Settings,
  type SettingsSources as Sources,
} from "@micro/settings";
import type { Config } from "../contracts/config.ts";
import type { Plugin } from "../contracts/plugin.ts";
import { capabilityFlags, kernelFlags, kernelKinds } from "./kernel-flags.ts";

/** Where values of flags come from; each one goes before those above it. */
export interface SettingsSources extends Pick<Sources, "env" | "flags"> {
  /** Bring flags, and values for them in their `settings`. */
  readonly plugins?: readonly Plugin[];
  /** Its `settings` and `use`. */
  readonly config?: Config;
  /** What messages call the place where a member of the config stands: `micro.config.ts:7`. Default `the config`. */
  readonly placeOf?: (member: "settings" | "use", name: string) => string;
}

/**
 * Gives every flag of the kernel and the plugins its value: default, then plugin, config, environment, flag. All
 * that is given is checked, also what something else overrides.
 *
 * @throws UsageError that names the option, what was given and what is allowed
 * @throws TypeError when two plugins bring the same flag, or one brings a flag of the kernel
 */
export function resolveSettings({ plugins = [], config = {}, placeOf, ...given }: SettingsSources): Settings {
  const { settings = {}, use = {} } = config;
  const place = placeOf ?? (() => "the config");
  const kinds = [kernelKinds, ...plugins.map(({ capabilities = {} }) => capabilities)].flatMap(Object.keys);
  return resolveSettingsOf({
    owners: ownersOf(plugins),
    config: [
      { values: settings, label: (name) => `settings.${name} in ${place("settings", name)}` },
      { values: use, label: (kind) => `use.${kind} in ${place("use", kind)}`, names: kinds },
    ],
    ...given,
  });
}

/**
 * Every flag of the kernel and the plugins by name, with who brought it: the name of a plugin, or `kernel`.
 *
 * @throws TypeError when two bring the same one, or a name is not well formed
 */
export function collectFlags(plugins: readonly Plugin[]): ReadonlyMap<string, KnownFlag> {
  return collectFlagsOf(ownersOf(plugins));
}

function ownersOf(plugins: readonly Plugin[]): readonly FlagOwner[] {
  return [{ name: "kernel", label: "the kernel", flags: kernelFlags }, ...plugins.flatMap(ownersOfPlugin)];
}

/** The plugin, and each kind of capability that it introduces. */
function ownersOfPlugin({ name, flags = {}, settings = {}, capabilities = {} }: Plugin): FlagOwner[] {
  const label = `plugin "${name}"`;
  const kinds = Object.entries(capabilities).map(([kind, declaration]) => capabilityFlags(kind, declaration));
  return [{ name, label, flags, settings }, ...kinds.map((ofKind) => ({ name, label, flags: ofKind }))];
}
