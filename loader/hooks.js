import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { openCache } from "./cache.js";
import { transform, transformerVersion } from "./transform.js";

const cache = openCache(transformerVersion);

/** A copy that is not installed is a copy in this repository: there, packages run from their sources. */
const runsFromSource = !import.meta.url.includes("/node_modules/");

/**
 * @template Context, Result
 * @param {string} specifier
 * @param {Context & { conditions: string[] }} context
 * @param {(specifier: string, context: Context) => Result} nextResolve
 */
export function resolve(specifier, context, nextResolve) {
  if (!runsFromSource) return nextResolve(specifier, context);

  return nextResolve(specifier, { ...context, conditions: [...context.conditions, "micro-source"] });
}

/**
 * @template Context, Result
 * @param {string} url
 * @param {Context} context
 * @param {(url: string, context: Context) => Result} nextLoad
 */
export function load(url, context, nextLoad) {
  if (!isTypeScript(url)) return nextLoad(url, context);

  return { format: "module", source: compile(fileURLToPath(url)), shortCircuit: true };
}

/** @param {string} url */
function isTypeScript(url) {
  if (!url.startsWith("file:")) return false;

  const { pathname } = new URL(url);
  return /\.m?ts$/.test(pathname) && !pathname.includes("/node_modules/");
}

/** @param {string} path */
function compile(path) {
  const source = readFileSync(path, "utf8");
  // A map names its source relative to the module, so the same text under the same name has the same result anywhere.
  const key = cache.key(basename(path), source);
  return cache.read(key) ?? cache.write(key, transform(path, source));
}
