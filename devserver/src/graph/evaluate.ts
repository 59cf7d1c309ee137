import { createRequire } from "node:module";
import { dirname, isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import { BuildFailure } from "./build-failure.ts";
import type { GuestScope } from "./guest-scope.ts";
import type { LoadedModule, ModuleGraph, Snapshot } from "./module-graph.ts";
import { resolveLocal } from "./resolve-local.ts";

/** A module of an instance, as CommonJS knows it. */
interface Instance {
  exports: unknown;
  readonly id: string;
  readonly filename: string;
  loaded: boolean;
}

/**
 * Runs a snapshot afresh: every file once, in new instances. Packages are shared.
 *
 * @returns what the entry exports
 */
export function evaluate(graph: ModuleGraph, snapshot: Snapshot, scope: GuestScope): unknown {
  return new Evaluation(graph, snapshot, scope).load(snapshot.entry);
}

class Evaluation {
  private readonly graph: ModuleGraph;
  private readonly scope: GuestScope;
  private readonly modules: Map<string, LoadedModule>;
  private readonly instances = new Map<string, Instance>();

  constructor(graph: ModuleGraph, snapshot: Snapshot, scope: GuestScope) {
    this.graph = graph;
    this.scope = scope;
    this.modules = new Map(snapshot.modules);
  }

  load(file: string): unknown {
    const known = this.instances.get(file);
    // One that is still running gives what it has so far, as in CommonJS: import cycles work.
    if (known !== undefined) return known.exports;
    const loaded = this.modules.get(file);
    if (loaded === undefined) throw new Error(`${file} is not part of the graph`);
    const instance: Instance = { exports: {}, id: file, filename: file, loaded: false };
    this.instances.set(file, instance);
    try {
      this.run(loaded, instance);
    } catch (error) {
      this.instances.delete(file);
      throw error;
    }
    instance.loaded = true;
    return instance.exports;
  }

  private run(loaded: LoadedModule, instance: Instance): void {
    const { file, code } = loaded;
    code.run(
      {
        exports: instance.exports,
        require: Object.assign((specifier: string) => this.require(loaded, specifier), {
          resolve: (specifier: string) => createRequire(file).resolve(specifier),
        }),
        module: instance,
        meta: createMeta(file),
        dynamicImport: (specifier: unknown) => this.importDynamically(loaded, String(specifier)),
        filename: file,
        dirname: dirname(file),
      },
      this.scope.names,
    );
  }

  private require({ file, code, resolved }: LoadedModule, specifier: string): unknown {
    const target = resolved.get(specifier) ?? resolveLocal(specifier, file);
    if (target.kind === "local" && this.modules.has(target.file)) return this.load(target.file);
    const override = this.scope.override(specifier);
    if (override !== undefined) return code.isModule ? override : (override as { default: unknown }).default;
    if (!code.isModule) return createRequire(file)(specifier);
    const external = this.graph.externals.get(specifier, file);
    if (external === undefined) return createRequire(file)(specifier);
    if ("error" in external) throw external.error;
    return external.exports;
  }

  private async importDynamically({ file, resolved }: LoadedModule, specifier: string): Promise<unknown> {
    const override = this.scope.override(specifier);
    if (override !== undefined) return override;
    const target = resolved.get(specifier) ?? resolveLocal(specifier, file);
    if (target.kind !== "local") return this.graph.externals.namespace(specifier, file);
    if (!this.modules.has(target.file)) await this.add(target.file);
    return namespaceOf(this.load(target.file));
  }

  /** A file that was not foreseen, because its name was computed. */
  private async add(file: string): Promise<void> {
    const snapshot = await this.graph.load(file);
    if (snapshot.failure !== undefined) throw snapshot.failure;
    if (snapshot.topLevelAwait !== undefined) {
      throw new BuildFailure(`${snapshot.topLevelAwait} does not work in a computed import()`, file, undefined);
    }
    await this.graph.loadExternals(snapshot);
    for (const [path, loaded] of snapshot.modules) if (!this.modules.has(path)) this.modules.set(path, loaded);
  }
}

function namespaceOf(exports: unknown): unknown {
  if (typeof exports !== "object" || exports === null) return { default: exports };
  return "__esModule" in exports ? exports : { ...exports, default: exports };
}

function createMeta(file: string): object {
  const url = pathToFileURL(file).href;
  return { url, filename: file, dirname: dirname(file), resolve: (specifier: string) => resolveUrl(specifier, file) };
}

function resolveUrl(specifier: string, file: string): string {
  if (/^\.{0,2}\//.test(specifier)) return new URL(specifier, pathToFileURL(file)).href;
  if (/^[a-z]+:/.test(specifier) && !isAbsolute(specifier)) return specifier;
  const found = createRequire(file).resolve(specifier);
  return isAbsolute(found) ? pathToFileURL(found).href : `node:${found.replace(/^node:/, "")}`;
}
