import { dirname, join } from "node:path";
import { compileFunction, constants } from "node:vm";

/** A package or built-in module as a guest requires it, or why it does not load. */
export type External = { readonly exports: object } | { readonly error: unknown };

/**
 * Loads what is not part of a graph: once, through Node's own loader with its hooks, so that import conditions hold and
 * guests share instances with the host.
 */
export class Externals {
  private readonly importers = new Map<string, (specifier: string) => Promise<object>>();
  private readonly loaded = new Map<string, External>();
  private readonly loading = new Map<string, Promise<External>>();

  /** What was loaded before, without waiting. */
  get(specifier: string, from: string): External | undefined {
    return this.loaded.get(keyOf(specifier, from));
  }

  /** Loads it as an import of that file. What fails is tried again the next time. */
  load(specifier: string, from: string): Promise<External> {
    const key = keyOf(specifier, from);
    const loaded = this.loaded.get(key);
    if (loaded !== undefined && "exports" in loaded) return Promise.resolve(loaded);
    let loading = this.loading.get(key);
    if (loading === undefined) {
      loading = this.attempt(specifier, from).then((result) => {
        this.loading.delete(key);
        this.loaded.set(key, result);
        return result;
      });
      this.loading.set(key, loading);
    }
    return loading;
  }

  /** The namespace itself, as `import()` gives it. */
  namespace(specifier: string, from: string): Promise<object> {
    const folder = dirname(from);
    let importer = this.importers.get(folder);
    if (importer === undefined) {
      importer = createImporter(folder);
      this.importers.set(folder, importer);
    }
    return importer(specifier);
  }

  private async attempt(specifier: string, from: string): Promise<External> {
    try {
      return { exports: liveExports(await this.namespace(specifier, from)) };
    } catch (error) {
      return { error };
    }
  }
}

function keyOf(specifier: string, from: string): string {
  return `${dirname(from)}\0${specifier}`;
}

/** `import()` as a file of that folder would write it. One a folder, so what the engine keeps for each is bounded. */
function createImporter(folder: string): (specifier: string) => Promise<object> {
  const importer = compileFunction("return import(specifier)", ["specifier"], {
    filename: join(folder, "micro-dev-import.js"),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }) as (specifier: string) => Promise<object>;
  return (specifier) => withoutWarning(() => importer(specifier));
}

/** The constant is marked experimental in Node 20; users cannot do anything about the line that says so. */
function withoutWarning<T>(run: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return run();
  } finally {
    process.emitWarning = emitWarning;
  }
}

const made = new WeakMap<object, object>();

/** The object that compiled imports read: it says that it is a module, and its members follow those of the namespace. */
function liveExports(namespace: object): object {
  let exports = made.get(namespace);
  if (exports === undefined) {
    exports = Object.defineProperty({}, "__esModule", { value: true });
    for (const name of Object.keys(namespace)) {
      if (name === "__esModule") continue;
      Object.defineProperty(exports, name, { enumerable: true, get: () => Reflect.get(namespace, name) });
    }
    made.set(namespace, exports);
  }
  return exports;
}
