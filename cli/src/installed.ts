import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Plugin } from "@micro/kernel";
import { Failure } from "./failure.ts";
import { importDefault, settle } from "./import-default.ts";

/** Packages that bring commands and need no line in a config. */
const companions: readonly string[] = ["devserver", "api", "web", "sidecar"];

/**
 * The plugins of those companions that are installed.
 *
 * @param report is told of those that do not load, which are passed over
 */
export async function findCompanions(
  root: string,
  report: (error: unknown) => void,
  names: readonly string[] = companions,
): Promise<readonly Plugin[]> {
  const find = async (name: string): Promise<Plugin | undefined> => {
    try {
      return await findPlugin(`@micro/${name}`, name, root);
    } catch (error) {
      report(error);
      return undefined;
    }
  };
  const found = await Promise.all(names.map(find));
  return found.filter((plugin) => plugin !== undefined);
}

/** The plugin of an installed package that provides a capability: `@micro/registry-consul`, `micro-registry-consul`. */
export async function findCapability(kind: string, name: string, root: string): Promise<Plugin | undefined> {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) return undefined;
  const folder = `${kind}-${name}`;
  return (await findPlugin(`@micro/${folder}`, folder, root)) ?? (await findPlugin(`micro-${folder}`, folder, root));
}

/**
 * The plugin of a package, made without options: its export in camel case, else its default one. `undefined` when
 * the package is not installed.
 *
 * @throws Failure when it is installed and does not load, or exports no such function
 */
async function findPlugin(specifier: string, name: string, root: string): Promise<Plugin | undefined> {
  const url = resolveBeside(specifier) ?? resolveFrom(specifier, root);
  if (url === undefined) return undefined;
  const module: Record<string, unknown> = await import(url).catch((cause: unknown) => {
    throw new Failure(`${specifier} is installed and does not load: ${String(cause)}`, { cause });
  });
  const factory = module[camelCase(name)] ?? module.default;
  if (typeof factory !== "function") throw new Failure(`${specifier} exports no function "${camelCase(name)}"`);
  return factory() as Plugin;
}

/** Beside this package, so that what is installed together runs together. */
function resolveBeside(specifier: string): string | undefined {
  try {
    return import.meta.resolve(specifier);
  } catch {
    return undefined;
  }
}

/** In the user's project. */
function resolveFrom(specifier: string, root: string): string | undefined {
  try {
    return pathToFileURL(createRequire(join(root, "resolve.js")).resolve(specifier)).href;
  } catch {
    return undefined;
  }
}

function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** The default export of a file, loaded as `micro dev` loads services where that is installed and able to. */
export async function importByDevserver(file: string, timeoutMs: number): Promise<unknown> {
  const url = /ts$/.test(file) ? resolveBeside("@micro/devserver/import") : undefined;
  if (url === undefined) return importDefault(file, timeoutMs);
  const { importFile } = (await import(url)) as { importFile(name: string): Promise<{ default: unknown } | undefined> };
  const imported = await settle(file, timeoutMs, () => importFile(file));
  return imported === undefined ? importDefault(file, timeoutMs) : imported.default;
}
