import type { Externals } from "./externals.ts";
import type { LoadedModule } from "./module-graph.ts";

/** The files of which a graph is made. */
interface Modules {
  readonly modules: ReadonlyMap<string, LoadedModule>;
}

/** Loads the packages that files require; one that fails is an error where it is required. */
export async function loadExternals(externals: Externals, files: Modules): Promise<void> {
  const loading: Promise<unknown>[] = [];
  for (const [specifier, file] of externalsOf(files)) {
    const known = externals.get(specifier, file);
    if (known === undefined || "error" in known) loading.push(externals.load(specifier, file));
  }
  if (loading.length > 0) await Promise.all(loading);
}

/** The packages that are loaded before the files run, each with the file that imports it. */
export function* externalsOf({ modules }: Modules): Generator<readonly [specifier: string, from: string]> {
  for (const { file, code, resolved } of modules.values()) {
    if (!code.isModule) continue;
    for (const { specifier, isDynamic } of code.imports) {
      if (!isDynamic && resolved.get(specifier)?.kind === "external") yield [specifier, file];
    }
  }
}
