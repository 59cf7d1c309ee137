import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** What checks the types of a project. */
export interface TypeScriptProject {
  /** The script that runs the compiler, to be run with Node. */
  readonly compiler: string;
  readonly version: string;
  /** Its `tsconfig.json`. */
  readonly config: string;
  /** Where the compiler keeps what it knows from the last time. */
  readonly cacheFile: string;
}

/**
 * The project's own TypeScript and its configuration, looked for from a folder upward to that of the next
 * `package.json`. Otherwise a text that says what is missing.
 */
export function findTypeScript(root: string): TypeScriptProject | string {
  const folder = findConfigFolder(root);
  if (folder === undefined) return "there is no tsconfig.json";
  const config = join(folder, "tsconfig.json");
  const require = createRequire(config);
  let manifestFile: string;
  try {
    manifestFile = require.resolve("typescript/package.json");
  } catch {
    return "typescript is not installed";
  }
  const { version, bin } = JSON.parse(readFileSync(manifestFile, "utf8")) as Manifest;
  const compiler = join(dirname(manifestFile), typeof bin === "string" ? bin : (bin?.tsc ?? "bin/tsc"));
  return { compiler, version, config, cacheFile: join(folder, "node_modules/.cache/micro/types.tsbuildinfo") };
}

interface Manifest {
  readonly version: string;
  readonly bin?: string | Readonly<Record<string, string>>;
}

function findConfigFolder(folder: string): string | undefined {
  if (existsSync(join(folder, "tsconfig.json"))) return folder;
  const parent = dirname(folder);
  return existsSync(join(folder, "package.json")) || parent === folder ? undefined : findConfigFolder(parent);
}
