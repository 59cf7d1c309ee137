import { statSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { isTransformable } from "./transform.ts";

/** What a specifier stands for: a file of the project, something that Node loads, or nothing that exists. */
export type Resolved =
  | { readonly kind: "local"; readonly file: string }
  | { readonly kind: "external" }
  /** The files that would be it if they existed. */
  | { readonly kind: "missing"; readonly candidates: readonly string[] };

const external: Resolved = { kind: "external" };
const endings: readonly string[] = [".ts", ".mts", ".tsx", ".js", ".mjs", ".cjs", ".cts", ".jsx", ".json"];
const sourcesOf: Readonly<Record<string, readonly string[]>> = {
  ".js": [".ts", ".tsx"],
  ".mjs": [".mts"],
  ".cjs": [".cts"],
  ".jsx": [".tsx"],
};

/**
 * Resolves a specifier of a file: relative and absolute ones to a file, as written, with `.ts` for `.js`, with an ending
 * or with `/index`. Everything else, and all below `node_modules`, is for Node.
 */
export function resolveLocal(specifier: string, from: string): Resolved {
  const path = pathOf(specifier, from);
  if (path === undefined || isBuiltin(specifier)) return external;
  const candidates = candidatesOf(path);
  const file = candidates.find(isFile);
  if (file === undefined) return { kind: "missing", candidates };
  return isLocal(file) ? { kind: "local", file } : external;
}

/** Whether a file is part of a graph, and not of an installed package or something that only Node can load. */
function isLocal(file: string): boolean {
  return isTransformable(file) && !file.includes(`${sep}node_modules${sep}`);
}

function pathOf(specifier: string, from: string): string | undefined {
  if (specifier.startsWith("file:")) return fileURLToPath(specifier);
  const isPath = /^(?:\.{1,2}(?:[\\/]|$)|[\\/]|[a-zA-Z]:[\\/])/.test(specifier);
  return isPath ? resolve(dirname(from), specifier.replace(/[?#].*$/, "")) : undefined;
}

function candidatesOf(path: string): readonly string[] {
  const [ending = ""] = /\.[cm]?jsx?$/.exec(path) ?? [];
  const stem = path.slice(0, path.length - ending.length);
  const sources = (sourcesOf[ending] ?? []).map((source) => stem + source);
  return [path, ...sources, ...endings.map((one) => path + one), ...endings.map((one) => join(path, `index${one}`))];
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
