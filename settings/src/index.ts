export {
  collectFlags,
  type ConfigValues,
  findMistypedVariables,
  type FlagOwner,
  type KnownFlag,
  type Label,
  type RawFlags,
  resolveSettings,
  type Setting,
  type SettingSource,
  Settings,
  type SettingsSources,
  UsageError,
  variableOf,
} from "./settings.ts";
export type * from "./flags.ts";
export { type Arguments, parseArguments, splitFlag } from "./arguments.ts";
export { readEnvFile } from "./env-file.ts";
export { type Duration, formatDuration, parseDuration } from "./duration.ts";

// For tools that deal with flags themselves.
export { parseFlagValue } from "./flag-value.ts";
export { isSecret, shownText, shownValue } from "./shown-value.ts";
export { nearest } from "./nearest.ts";
