import type { ServiceDefinition } from "../server/service.ts";
import type { CapabilityKind } from "./capabilities.ts";
import type { Logger } from "./log.ts";
import type { Plugin } from "./plugin.ts";

/** A list of plugins; lists nest and what is falsy is passed over, so that presets and conditions read well. */
export type PluginList = readonly (Plugin | PluginList | false | null | undefined)[];

/** How `kernel.client` reaches a service of the same kernel: with the value itself, through a codec, or over the wire. */
export type LocalMode = "reference" | "encode" | false;

/** A runtime: what `micro.config.ts` exports and {@link startKernel} takes. Everything is optional. */
export interface Config {
  /** In order; a later plugin replaces one of the same name. Without any, the kernel has its in-memory parts alone. */
  readonly plugins?: PluginList;
  /** The implementation to use of each kind. Without a choice: the one provided last; of the selectors `random`. */
  readonly use?: Readonly<Partial<Record<CapabilityKind, string>>>;
  /**
   * What `micro run` and `micro dev` serve: services, or globs of files that export one as default, relative to the
   * config file. The kernel itself takes services only.
   */
  readonly services?: readonly (string | ServiceDefinition)[];
  /** Values of flags by name: `{ client_pool_size: 10 }`. Environment and command line go before them. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Default `"reference"`: fastest, and the answer is the handler's own object. */
  readonly local?: LocalMode;
  /** Where log lines go. Default: warnings and errors to stderr. */
  readonly log?: Logger;
}

/** What a config file may export: a config, or a function that makes one. */
export type ConfigExport = Config | (() => Config | Promise<Config>);

/** Gives `micro.config.ts` its types; returns what it is given. */
export function defineConfig<const C extends ConfigExport>(config: C): C {
  return config;
}
