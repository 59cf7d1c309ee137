import { createRequire } from "node:module";
import { dirname, isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import { BuildFailure } from "./build-failure.ts";
import type { GuestScope } from "./guest-scope.ts";
import type { AsyncBody } from "./lower-top-level-await.ts";
import { valuesOf } from "./module-code.ts";
import type { LoadedModule, ModuleGraph, Snapshot } from "./module-graph.ts";
import { resolveLocal } from "./resolve-local.ts";

/** A module of an instance, as CommonJS knows it. */
interface Instance {
  exports: unknown;
  readonly id: string;
  readonly filename: string;
  loaded: boolean;
  /** Set by code that awaits at its top level. */
  microRun?: AsyncBody;
}

/** What an evaluation asks of a graph. */
export type EvaluatedGraph = Pick<ModuleGraph, "externals" | "load" | "loadExternals">;

/** What an evaluation asks of a scope. */
export type EvaluationScope = Pick<GuestScope, "names" | "override">;

/**
 * Runs a snapshot afresh: every file once, in new instances. Packages are shared.
 *
 * @returns what the entry exports
 */
export function evaluate(graph: EvaluatedGraph, snapshot: Snapshot, scope: EvaluationScope): unknown {
  return new Evaluation(graph, snapshot, scope).load(snapshot.entry);
}

/** The same for a graph where files may await at their top level: what a file imports runs to its end before it. */
export function evaluateAwaiting(graph: EvaluatedGraph, snapshot: Snapshot, scope: EvaluationScope): Promise<unknown> {
  return new Evaluation(graph, snapshot, scope).loadAwaiting(snapshot.entry, new Set());
}

class Evaluation {
  private readonly graph: EvaluatedGraph;
  private readonly scope: EvaluationScope;
  private readonly scoped: readonly unknown[];
  private readonly bodies = new Map<string, Promise<void>>();
  private readonly awaits: boolean;
  private readonly modules: Map<string, LoadedModule>;
  private readonly late: Set<string> | undefined;
  private readonly instances = new Map<string, Instance>();

  constructor(graph: EvaluatedGraph, snapshot: Snapshot, scope: EvaluationScope) {
    this.graph = graph;
    this.scope = scope;
    this.scoped = valuesOf(scope.names);
    this.awaits = snapshot.topLevelAwait !== undefined;
    this.modules = new Map(snapshot.modules);
    this.late = snapshot.late;
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

  async loadAwaiting(file: string, seen: Set<string>): Promise<unknown> {
    if (seen.has(file)) return undefined;
    seen.add(file);
    const loaded = this.modules.get(file);
    // `require()` of CommonJS runs a file when it is reached, not before.
    for (const { specifier, isDynamic } of loaded?.code.isModule === true ? loaded.code.imports : []) {
      const target = loaded?.resolved.get(specifier);
      if (!isDynamic && target?.kind === "local") await this.loadAwaiting(target.file, seen);
    }
    this.load(file);
    await this.runBody(file);
    return this.instances.get(file)?.exports;
  }

  private runBody(file: string): Promise<void> | undefined {
    const instance = this.instances.get(file);
    if (instance?.microRun === undefined) return undefined;
    let running = this.bodies.get(file);
    if (running === undefined) {
      const { exports, microRun } = instance;
      Object.defineProperty(exports, "__esModule", { value: true });
      running = microRun((getters) => {
        for (const [name, get] of Object.entries(getters)) {
          Object.defineProperty(exports, name, { enumerable: true, get });
        }
      });
      this.bodies.set(file, running);
    }
    return running;
  }

  private run(loaded: LoadedModule, instance: Instance): void {
    const { file, code } = loaded;
    const require = (specifier: string): unknown => this.require(loaded, specifier);
    // What few files ask for is made for them alone: made for each of hundreds, it shows in every swap.
    code.run(
      {
        exports: instance.exports,
        require: code.isModule ? require : Object.assign(require, { resolve: createRequire(file).resolve }),
        module: instance,
        meta: code.usesMeta ? createMeta(file) : undefined,
        dynamicImport: (specifier: unknown) => this.importDynamically(loaded, String(specifier)),
      },
      this.scoped,
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
    if (this.awaits) return namespaceOf(await this.loadAwaiting(target.file, new Set()));
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
    for (const [path, loaded] of snapshot.modules) {
      this.late?.add(path);
      if (!this.modules.has(path)) this.modules.set(path, loaded);
    }
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
