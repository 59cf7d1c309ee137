import * as inspector from "node:inspector";
import { dirname } from "node:path";
import { compileFunction } from "node:vm";
import { setSourceMap } from "./stack-traces.ts";
import { exportsName, type Import, importName, interopName, metaName, type Transformed } from "./transform.ts";

/** What a guest has under other names than the process: its timers, its console and its view of `process`. */
const scopedNames = [
  "setTimeout",
  "setInterval",
  "setImmediate",
  "clearTimeout",
  "clearInterval",
  "clearImmediate",
  "process",
  "console",
] as const;
export type ScopedName = (typeof scopedNames)[number];
export type Scoped = Readonly<Record<ScopedName, unknown>>;

/** The values of a scope in the order in which code takes them: made once, as hundreds of files may run with them. */
export function valuesOf(scoped: Scoped): readonly unknown[] {
  return scopedNames.map((name) => scoped[name]);
}

/** What the code of a module is called with besides. */
export interface ModuleParts {
  readonly exports: unknown;
  readonly require: unknown;
  readonly module: unknown;
  readonly meta: unknown;
  readonly dynamicImport: unknown;
}

const partNames: readonly string[] = ["exports", "require", "module", metaName, importName, interopName, exportsName];

let scripts = 0;

/**
 * The code of a file, compiled at its first run and run anew for every instance. `vm.compileFunction` leaves it to the
 * garbage collector; `vm.Script`, like modules of the engine, would stay for ever.
 */
export class ModuleCode {
  readonly file: string;
  readonly hash: string;
  readonly imports: readonly Import[];
  readonly isModule: boolean;
  readonly topLevelAwait: string | undefined;
  readonly code: string;
  /** Whether it says `import.meta`. */
  readonly usesMeta: boolean;
  /** What the engine calls it: unlike the path it stands for this text alone. */
  private readonly script: string;
  private currentMap: string;
  private compiled: ((...values: unknown[]) => void) | undefined;

  private constructor(file: string, transformed: Transformed) {
    this.file = file;
    this.hash = transformed.hash;
    this.imports = transformed.imports;
    this.isModule = transformed.isModule;
    this.topLevelAwait = transformed.topLevelAwait;
    this.code = transformed.code;
    this.usesMeta = transformed.code.includes(metaName);
    this.currentMap = transformed.map;
    this.script = `${file}?micro=${++scripts}`;
    setSourceMap(this.script, file, transformed.map);
  }

  /** A source map as JSON. */
  get map(): string {
    return this.currentMap;
  }

  /** The code of a file; where the text came out as before it is the same, with the lines of the new source. */
  static of(file: string, transformed: Transformed, before: ModuleCode | undefined): ModuleCode {
    if (before?.hash !== transformed.hash || before.topLevelAwait !== transformed.topLevelAwait) {
      return new ModuleCode(file, transformed);
    }
    before.currentMap = transformed.map;
    setSourceMap(before.script, file, transformed.map);
    return before;
  }

  /** Runs it once, with what {@link valuesOf} makes of a scope. */
  run({ exports, require, module, meta, dynamicImport }: ModuleParts, scoped: readonly unknown[]): void {
    this.compiled ??= this.compile();
    const self = this.isModule ? undefined : exports;
    const names = this.isModule ? [] : [this.file, dirname(this.file)];
    this.compiled.call(self, exports, require, module, meta, dynamicImport, viewOf, markExports, ...scoped, ...names);
  }

  private compile(): (...values: unknown[]) => void {
    try {
      return this.compileWith((name) => name);
    } catch (error) {
      if (!(error instanceof SyntaxError && error.message.includes("already been declared"))) throw error;
      // The file has a top-level name of its own such as `process`; a parameter of that name would clash with it.
      return this.compileWith((name) => `__micro_${name}`);
    }
  }

  private compileWith(nameOf: (name: string) => string): (...values: unknown[]) => void {
    const parameters = [...partNames, ...scopedNames.map(nameOf)];
    // An ES module has no such names, and often declares them.
    if (!this.isModule) parameters.push("__filename", "__dirname");
    return compileFunction(this.codeWithMap(), parameters, { filename: this.script }) as never;
  }

  private codeWithMap(): string {
    if (inspector.url() === undefined) return this.code;
    const map = Buffer.from(this.map).toString("base64");
    return `${this.code}\n//# sourceMappingURL=data:application/json;base64,${map}`;
  }
}

const views = new WeakMap<object, object>();

/** What an import sees of a module: an ES module as it is, anything else as its default export, as in Node. */
function viewOf(exports: unknown): unknown {
  if (typeof exports !== "object" && typeof exports !== "function") return { default: exports };
  if (exports === null || "__esModule" in exports) return exports ?? { default: exports };
  let view = views.get(exports);
  if (view === undefined) {
    view = { ...exports, default: exports };
    views.set(exports, view);
  }
  return view;
}

function markExports(exports: object): object {
  return Object.defineProperty(exports, "__esModule", { value: true });
}
