import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { BuildFailure } from "./build-failure.ts";
import { createFrame } from "./excerpt.ts";
import { Externals } from "./externals.ts";
import { loadExternals } from "./load-externals.ts";
import { ModuleCode } from "./module-code.ts";
import { type Resolved, resolveLocal } from "./resolve-local.ts";
import { transform } from "./transform.ts";

/** The files of an entry as they are now. */
export interface Snapshot {
  readonly entry: string;
  /** By path, in the order in which they were found. */
  readonly modules: ReadonlyMap<string, LoadedModule>;
  /** Files that are part of it and could not be read or parsed. */
  readonly broken: ReadonlySet<string>;
  /** Files that were looked for in vain: one of them may appear. */
  readonly missing: ReadonlySet<string>;
  /** Files that computed imports of this run asked for; they are added as it goes on. */
  readonly late?: Set<string>;
  /** Equal for equal code. */
  readonly digest: string;
  /** Why it cannot run. What was found up to there stands in `modules`. */
  readonly failure: BuildFailure | undefined;
  /** Where a file awaits at its top level, which keeps the graph from running in this thread. */
  readonly topLevelAwait: string | undefined;
  /** The same object in the snapshots of an entry for as long as files and imports stay as they are. */
  readonly shape: object;
}

/** A file with what its specifiers stand for. */
export interface LoadedModule {
  readonly file: string;
  readonly code: ModuleCode;
  readonly resolved: ReadonlyMap<string, Resolved>;
}

const halfSavedMs = 25;

interface Outcome {
  readonly code: ModuleCode | undefined;
  readonly failure: BuildFailure | undefined;
}

interface CachedFile extends Outcome {
  readonly source: string;
  readonly mtimeMs: number;
}

/** Reads, transforms and compiles every file once, and again when it changed. Shared by all services of a host. */
export class ModuleGraph {
  readonly externals: Externals = new Externals();
  private readonly files = new Map<string, CachedFile>();
  private readonly dirty = new Set<string>();
  private readonly reading = new Map<string, Promise<ModuleCode>>();
  private resolutions = new Map<string, Map<string, Resolved>>();
  private readonly last = new Map<string, LastLoad>();

  /** Reads those files again when they are asked for next. */
  invalidate(paths: Iterable<string>): void {
    for (const path of paths) {
      this.dirty.add(path);
      // A file that came or went can change what any specifier stands for.
      if (!this.files.has(path) || !existsSync(path)) this.resolutions = new Map();
    }
  }

  /** Files that are not any more as they were read. */
  async findStale(): Promise<readonly string[]> {
    const files = [...this.files];
    const now = await Promise.all(files.map(([file]) => stat(file).catch(() => undefined)));
    return files.flatMap(([file, { mtimeMs }], at) => (now[at]?.mtimeMs === mtimeMs ? [] : [file]));
  }

  /** The graph of an entry; what is wrong with it stands in the snapshot. */
  async load(entry: string): Promise<Snapshot> {
    const { resolutions } = this;
    const last = this.last.get(entry);
    const again = last?.resolutions === resolutions ? await this.loadAgain(last.snapshot) : undefined;
    const snapshot = again ?? (await this.walk(entry));
    if (snapshot.failure === undefined) this.last.set(entry, { snapshot, resolutions });
    else this.last.delete(entry);
    return snapshot;
  }

  /** New code in the same places, which is what most edits are; `undefined` where files or imports may be others. */
  private async loadAgain(before: Snapshot): Promise<Snapshot | undefined> {
    const modules = new Map(before.modules);
    const found = [...modules.values()].map((loaded) => ({ loaded, code: this.code(loaded.file) }));
    for (const { code } of found) if (code instanceof Promise) code.catch(() => {});
    for (const { loaded, code: read } of found) {
      const code = read instanceof Promise ? await read.catch(() => undefined) : read;
      if (code === loaded.code) continue;
      if (code === undefined || !hasSameImports(code, loaded.code)) return undefined;
      modules.set(loaded.file, { ...loaded, code });
    }
    return { ...before, modules, digest: digestOf(modules) };
  }

  private async walk(entry: string): Promise<Snapshot> {
    const modules = new Map<string, LoadedModule>();
    const broken = new Set<string>();
    const missing = new Set<string>();
    const pending = new Set<string>([entry]);
    let failure: BuildFailure | undefined;
    let topLevelAwait: string | undefined;
    for (const file of pending) {
      let code: ModuleCode;
      try {
        code = await this.code(file);
      } catch (error) {
        failure ??= error as BuildFailure;
        broken.add(file);
        continue;
      }
      topLevelAwait ??= code.topLevelAwait && `${file}: ${code.topLevelAwait}`;
      const resolved = this.resolve(file, code);
      modules.set(file, { file, code, resolved });
      for (const { specifier, isDynamic } of code.imports) {
        const target = resolved.get(specifier);
        if (target?.kind === "local" && !pending.has(target.file)) {
          pending.add(target.file);
          // Begun here, so that files are read and transformed side by side.
          Promise.resolve(this.code(target.file)).catch(() => {});
        }
        if (target?.kind !== "missing") continue;
        for (const candidate of target.candidates) missing.add(candidate);
        if (!isDynamic) failure ??= this.notFound(file, specifier);
      }
    }
    return { entry, modules, broken, missing, digest: digestOf(modules), failure, topLevelAwait, shape: {} };
  }

  /** Loads the packages that the files of a snapshot require; one that fails is an error where it is required. */
  loadExternals(snapshot: Snapshot): Promise<void> {
    return loadExternals(this.externals, snapshot);
  }

  /** The text of a file as it was read; `undefined` for one that no graph has. */
  sourceOf(file: string): string | undefined {
    return this.files.get(file)?.source;
  }

  private code(file: string): ModuleCode | Promise<ModuleCode> {
    if (this.dirty.delete(file)) return this.startReading(file);
    const reading = this.reading.get(file);
    if (reading !== undefined) return reading;
    const cached = this.files.get(file);
    if (cached === undefined) return this.startReading(file);
    return cached.failure === undefined && cached.code !== undefined ? cached.code : Promise.reject(cached.failure);
  }

  private startReading(file: string): Promise<ModuleCode> {
    const reading = this.read(file, this.files.get(file)).finally(() => {
      if (this.reading.get(file) === reading) this.reading.delete(file);
    });
    this.reading.set(file, reading);
    return reading;
  }

  private async read(file: string, cached: CachedFile | undefined): Promise<ModuleCode> {
    let source: string;
    let mtimeMs: number;
    try {
      mtimeMs = (await stat(file)).mtimeMs;
      source = await readFile(file, "utf8");
      if (source === "" && cached !== undefined && cached.source !== "") {
        // An editor that saves in place empties the file first.
        await setTimeout(halfSavedMs);
        mtimeMs = (await stat(file)).mtimeMs;
        source = await readFile(file, "utf8");
      }
    } catch (error) {
      this.files.delete(file);
      const { code, message } = error as NodeJS.ErrnoException;
      throw new BuildFailure(code === "ENOENT" ? `${file} does not exist` : message, file, undefined, { cause: error });
    }
    if (cached?.source === source) {
      this.files.set(file, { ...cached, mtimeMs });
      return outcomeOf(cached);
    }
    const made = await this.compile(file, source, cached?.code);
    this.files.set(file, { source, mtimeMs, ...made });
    return outcomeOf(made);
  }

  /** A file that does not parse keeps the code that it had, to compare with when it is mended. */
  private async compile(file: string, source: string, before: ModuleCode | undefined): Promise<Outcome> {
    try {
      return { code: ModuleCode.of(file, await transform(file, source), before), failure: undefined };
    } catch (error) {
      return { code: before, failure: toBuildFailure(error, file) };
    }
  }

  private resolve(file: string, { imports }: ModuleCode): ReadonlyMap<string, Resolved> {
    let known = this.resolutions.get(file);
    if (known === undefined) {
      known = new Map();
      this.resolutions.set(file, known);
    }
    for (const { specifier } of imports) {
      if (!known.has(specifier)) known.set(specifier, resolveLocal(specifier, file));
    }
    return known;
  }

  private notFound(file: string, specifier: string): BuildFailure {
    const source = this.sourceOf(file) ?? "";
    const at = [`"${specifier}"`, `'${specifier}'`].map((text) => source.indexOf(text)).find((index) => index >= 0);
    const before = source.slice(0, at ?? 0);
    const line = before.split("\n").length;
    const column = before.length - before.lastIndexOf("\n");
    const frame = at === undefined ? undefined : createFrame(file, line, column, source);
    return new BuildFailure(`there is no file for the import "${specifier}"`, file, frame);
  }
}

/** Whether a change of that file can change the graph. */
export function isPartOf(file: string, { modules, broken, missing, late }: Snapshot): boolean {
  return modules.has(file) || broken.has(file) || missing.has(file) || late?.has(file) === true;
}

/** A load, and what its specifiers were resolved by. */
interface LastLoad {
  readonly snapshot: Snapshot;
  readonly resolutions: object;
}

function digestOf(modules: Snapshot["modules"]): string {
  return [...modules].map(([file, { code }]) => `${file}:${code.hash}`).join("\n");
}

function hasSameImports(code: ModuleCode, before: ModuleCode): boolean {
  const { imports, topLevelAwait, isModule } = code;
  return (
    topLevelAwait === before.topLevelAwait &&
    isModule === before.isModule &&
    imports.length === before.imports.length &&
    imports.every(({ specifier, isDynamic }, at) => {
      const other = before.imports[at];
      return specifier === other?.specifier && isDynamic === other.isDynamic;
    })
  );
}

function outcomeOf({ code, failure }: Outcome): ModuleCode {
  if (failure !== undefined || code === undefined) throw failure;
  return code;
}

function toBuildFailure(error: unknown, file: string): BuildFailure {
  return error instanceof BuildFailure ? error : new BuildFailure(String(error), file, undefined, { cause: error });
}
