import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Config, nearest, type PluginList, UsageError } from "@micro/kernel";
import { placeInConfig } from "./config-places.ts";
import { Failure } from "./failure.ts";
import { importDefault, loadTimeoutMs, settle } from "./import-default.ts";

/** The names of a config file; the first one that exists counts. */
const configNames: readonly string[] = ["ts", "mts", "js", "mjs"].map((ending) => `micro.config.${ending}`);

/** The config file of a folder, `undefined` when there is none. */
export function findConfig(folder: string): string | undefined {
  return configNames.map((name) => join(folder, name)).find((file) => existsSync(file));
}

/**
 * The config that a file exports, or that the function it exports makes.
 *
 * @param load what loads the file
 *
 * @throws Failure when the file throws, takes longer than 10 seconds or exports no config
 * @throws UsageError when the config has a member that is not known or of the wrong kind
 */
export async function loadConfig(
  file: string,
  timeoutMs: number = loadTimeoutMs,
  load: (file: string, timeoutMs: number) => Promise<unknown> = importDefault,
): Promise<Config> {
  const exported = await load(file, timeoutMs);
  const config: unknown = typeof exported === "function" ? await settle(file, timeoutMs, () => exported()) : exported;
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw new Failure(`${file} exports no config; write: export default defineConfig({ plugins: [standard()] })`);
  }
  checkMembers(file, config);
  return config;
}

const isObject = (value: unknown) => typeof value === "object" && value !== null;

/** The members of a config, with what each must be. */
const members = new Map<string, { readonly is: (value: unknown) => boolean; readonly what: string }>([
  ["plugins", { is: Array.isArray, what: "a list of plugins" }],
  ["services", { is: Array.isArray, what: "a list of services and globs" }],
  ["use", { is: isObject, what: "an object: { registry: … }" }],
  ["settings", { is: isObject, what: "an object: { client_retries: … }" }],
  [
    "local",
    { is: (value) => ["reference", "encode", false].includes(value as string), what: '"reference", "encode" or false' },
  ],
  ["log", { is: isObject, what: "a logger" }],
]);

function checkMembers(file: string, config: object): void {
  for (const [name, value] of Object.entries(config)) {
    const member = members.get(name);
    const place = () => placeInConfig(file, name);
    if (member === undefined) throw new UsageError(`${place()}: a config has no "${name}"${hint(name)}`);
    if (value !== undefined && !member.is(value)) throw new UsageError(`${place()}: "${name}" must be ${member.what}`);
    if (name === "plugins" && value !== undefined) checkPlugins(file, value as PluginList);
  }
}

function hint(name: string): string {
  const meant = nearest(name, members.keys());
  return meant === undefined ? "" : `; did you mean "${meant}"?`;
}

function checkPlugins(file: string, list: readonly unknown[]): void {
  for (const item of list) {
    if (Array.isArray(item)) checkPlugins(file, item);
    else if (typeof item === "function") throw new UsageError(`${file}: call the plugin: ${item.name || "plugin"}()`);
    else if (item && !hasName(item)) throw new UsageError(`${file}: "plugins" holds something that is no plugin`);
  }
}

function hasName(item: unknown): boolean {
  return typeof item === "object" && item !== null && "name" in item && typeof item.name === "string";
}
