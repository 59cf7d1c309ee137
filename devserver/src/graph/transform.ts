import { createHash } from "node:crypto";
import { extname } from "node:path";
import * as esbuild from "esbuild";
import { BuildFailure } from "./build-failure.ts";
import { createFrame } from "./excerpt.ts";
import { lowerTopLevelAwait } from "./lower-top-level-await.ts";

/** The code of one file as a function body, and what it asks for. */
export interface Transformed {
  readonly code: string;
  /** A source map as JSON. */
  readonly map: string;
  readonly imports: readonly Import[];
  /** Whether the file is an ES module; a CommonJS one gets Node's own `require` for packages. */
  readonly isModule: boolean;
  /**
   * Where it awaits at its top level. Its code then only sets `module.microRun`, an {@link AsyncBody}, which has to be run
   * before the files that import it.
   */
  readonly topLevelAwait: string | undefined;
  readonly hash: string;
}

/** A specifier in a file. */
export interface Import {
  readonly specifier: string;
  /** `import()`: looked for when it runs. */
  readonly isDynamic: boolean;
}

/** The names that the code of a module calls `import.meta` and `import()` by. */
export const metaName = "__microMeta";
export const importName = "__microImport";
/** The names of what takes the place of helpers: the view of a required module, and the marked exports of this one. */
export const interopName = "__esm";
export const exportsName = "__cjsExports";

const loaders: Readonly<Record<string, esbuild.Loader>> = {
  ".ts": "ts",
  ".mts": "ts",
  ".cts": "ts",
  ".tsx": "tsx",
  ".jsx": "jsx",
  ".js": "js",
  ".mjs": "js",
  ".cjs": "js",
  ".json": "json",
};

/** Whether files with this name go through the transformer. */
export function isTransformable(file: string): boolean {
  return loaders[extname(file)] !== undefined;
}

/**
 * Makes CommonJS for Node 20 of a file. As `micro run` does it reads no tsconfig.
 *
 * @throws BuildFailure with the place when the file does not parse
 */
export async function transform(file: string, source: string): Promise<Transformed> {
  const isModule = isModuleSource(file, source);
  try {
    return describe(await esbuild.transform(source, optionsFor(file, isModule)), isModule, undefined);
  } catch (error) {
    const awaits = messagesOf(error).find(({ text }) => text.startsWith("Top-level await"));
    if (awaits === undefined) throw toFailure(file, source, error);
    const where = awaits.location === null ? "" : ` in line ${awaits.location.line}`;
    const result = await transformAwaiting(source, optionsFor(file, isModule));
    return describe(result, isModule, `top-level await${where}`);
  }
}

/** The transformer refuses to make CommonJS of a top-level await: its body goes into an async function first. */
async function transformAwaiting(source: string, options: esbuild.TransformOptions): Promise<esbuild.TransformResult> {
  const printed = await esbuild.transform(source, { ...options, format: "esm", supported: {}, banner: "" });
  return esbuild.transform(lowerTopLevelAwait(printed), { ...options, loader: "js" });
}

function optionsFor(file: string, isModule: boolean): esbuild.TransformOptions {
  return {
    loader: loaders[extname(file)] ?? "js",
    format: "cjs",
    target: "node20",
    sourcefile: file,
    sourcemap: "external",
    sourcesContent: false,
    // What esbuild makes of `import()` then is what `useHostHelpers` looks for.
    supported: { "dynamic-import": false },
    define: { "import.meta": metaName },
    logLevel: "silent",
    ...(isModule ? { banner: '"use strict";' } : {}),
  };
}

function isModuleSource(file: string, source: string): boolean {
  const extension = extname(file);
  if (extension === ".cjs" || extension === ".cts" || extension === ".json") return false;
  return extension !== ".js" || /^\s*(?:import|export)\b/m.test(source);
}

function describe(
  { code, map }: esbuild.TransformResult,
  isModule: boolean,
  topLevelAwait: string | undefined,
): Transformed {
  const marked = useHostHelpers(code);
  return {
    code: marked,
    map,
    isModule,
    topLevelAwait,
    imports: scanImports(marked),
    hash: createHash("sha1").update(marked).digest("base64url"),
  };
}

/** What takes the place of the transformer's helpers; as long as they are, so that columns of the source map hold. */
const replacements: readonly (readonly [from: string, to: string])[] = [
  // `import()` asks the host, which may have to load a file first.
  ["Promise.resolve().then(() => __toESM(require(", `Promise.resolve().then(() => ${importName}((`],
  // The helpers copy every export of every import; what a guest requires needs no copy.
  ["__toESM(require(", `${interopName}(require(`],
  ["module.exports = __toCommonJS(", `module.exports = ${exportsName}(`],
];

function useHostHelpers(code: string): string {
  return replacements.reduce((text, [from, to]) => text.replaceAll(from, to.padEnd(from.length)), code);
}

/** The transformer prints every specifier in double quotes, and nothing else so. */
function scanImports(code: string): readonly Import[] {
  const found = new Map<string, Import>();
  const add = (literal: string | undefined, isDynamic: boolean) => {
    const specifier = literal === undefined ? undefined : parse(literal);
    if (specifier === undefined || (isDynamic && found.has(specifier))) return;
    found.set(specifier, { specifier, isDynamic });
  };
  for (const [, literal] of code.matchAll(/\brequire\( *("(?:[^"\\\n]|\\.)*")\)/g)) add(literal, false);
  for (const [, literal] of code.matchAll(/\b__microImport\(\( *("(?:[^"\\\n]|\\.)*")\)/g)) add(literal, true);
  return [...found.values()];
}

function parse(literal: string): string | undefined {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return undefined; // `\x00` and the like: no name of a file.
  }
}

function messagesOf(error: unknown): readonly esbuild.Message[] {
  return (error as Partial<esbuild.TransformFailure>).errors ?? [];
}

function toFailure(file: string, source: string, error: unknown): BuildFailure {
  const [first, ...others] = messagesOf(error);
  if (first === undefined) return new BuildFailure(String(error), file, undefined, { cause: error });
  const { text, location } = first;
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  const frame = location === null ? undefined : createFrame(file, location.line, location.column + 1, source);
  return new BuildFailure(`${text}${more}`, file, frame);
}
