import { relative, resolve, sep } from "node:path";
import { UsageError } from "@micro/kernel";
import { build, type Message, type Metafile, type Plugin } from "esbuild";

/** What is built. */
export interface BuildOptions {
  /** The folder of the config, absolute. */
  readonly root: string;
  readonly configFile: string;
  /** Where it goes, absolute. */
  readonly outDir: string;
  /** The files that each pattern of the config's services matches, absolute. */
  readonly services: ReadonlyMap<string, readonly string[]>;
}

/** What was written. */
export interface BuildResult {
  /** Absolute: what `micro run --config` takes. */
  readonly configFile: string;
  /** Relative to the output folder, with forward slashes. */
  readonly services: readonly string[];
  /** The JavaScript alone. */
  readonly kibibytes: number;
  readonly warnings: readonly string[];
}

/**
 * Writes the config and each service as a JavaScript module of its own: local modules stand inside, packages stay
 * imports. A module that two services import is in both, as they are two programs that share a process.
 *
 * @throws Error when the code does not build; the message has the places
 * @throws UsageError when two files would be written to one
 */
export async function buildProject(options: BuildOptions): Promise<BuildResult> {
  const { root, outDir } = options;
  const files = [...new Set([...options.services.values()].flat())].sort();
  const outputs = new Map(files.map((file) => [file, outputOf(file, root)]));
  checkOutputs(outputs);
  const { metafile, warnings } = await bundle(options, outputs);
  return {
    configFile: resolve(outDir, "micro.config.js"),
    services: [...outputs.values()].map((name) => `${name}.js`),
    kibibytes: Math.ceil(countBytes(metafile) / 1024),
    warnings: warnings.map(describe),
  };
}

async function bundle({ root, configFile, outDir, services }: BuildOptions, outputs: ReadonlyMap<string, string>) {
  const names = [...services].map(([pattern, files]) => [pattern, files.map((file) => `${outputs.get(file)}.js`)]);
  try {
    return await build({
      absWorkingDir: root,
      entryPoints: [
        { in: builtConfig, out: "micro.config" },
        ...[...outputs].map(([file, name]) => ({ in: file, out: name })),
      ],
      outdir: outDir,
      plugins: [configModule(configFile, root, Object.fromEntries(names))],
      bundle: true,
      packages: "external",
      platform: "node",
      target: "node20",
      format: "esm",
      sourcemap: true,
      sourcesContent: false,
      metafile: true,
      logLevel: "silent",
    });
  } catch (error) {
    const { errors = [] } = error as { errors?: readonly Message[] };
    if (errors.length === 0) throw error;
    throw new Error(`the project does not build\n${errors.map(describe).join("\n")}`);
  }
}

function countBytes({ outputs }: Metafile): number {
  const modules = Object.entries(outputs).filter(([file]) => !file.endsWith(".map"));
  return modules.reduce((sum, [, { bytes }]) => sum + bytes, 0);
}

const builtConfig = "micro-built-config";

/** The config as it is, but with the built files in place of the patterns, which match sources. */
function configModule(configFile: string, root: string, built: Readonly<Record<string, readonly string[]>>): Plugin {
  const contents = `
    import written from ${JSON.stringify(configFile)};
    const built = new Map(Object.entries(${JSON.stringify(built)}));
    const find = (item) => {
      if (typeof item !== "string") return [item];
      if (built.has(item)) return built.get(item);
      throw new Error("the services " + JSON.stringify(item) + " were not built: run micro build again");
    };
    export default async () => {
      const config = typeof written === "function" ? await written() : written;
      return { ...config, services: [...new Set((config.services ?? []).flatMap(find))] };
    };
  `;
  return {
    name: "micro-config",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: new RegExp(`^${builtConfig}$`) }, ({ path }) => ({ path, namespace: "micro" }));
      onLoad({ filter: /./, namespace: "micro" }, () => ({ contents, resolveDir: root, loader: "js" }));
    },
  };
}

/** Where a file goes, without its ending. What stands above the config's folder goes beside the rest. */
function outputOf(file: string, root: string): string {
  const path = relative(root, file).split(sep);
  return path
    .filter((segment) => segment !== "..")
    .join("/")
    .replace(/\.[^./]+$/, "");
}

function checkOutputs(outputs: ReadonlyMap<string, string>): void {
  const taken = new Map<string, string>([["micro.config", "the config"]]);
  for (const [file, name] of outputs) {
    const other = taken.get(name);
    if (other !== undefined) throw new UsageError(`${file} and ${other} would both be written to ${name}.js`);
    taken.set(name, file);
  }
}

function describe({ text, location }: Message): string {
  if (location === null) return text;
  const { file, line, column, lineText, length } = location;
  const mark = `${lineText.slice(0, column).replace(/[^\t]/g, " ")}${"^".repeat(Math.max(1, length))}`;
  return `${file}:${line}:${column + 1}: ${text}\n  ${lineText}\n  ${mark}`;
}
