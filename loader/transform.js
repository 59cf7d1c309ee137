import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";

const require = createRequire(import.meta.url);

// In this repository fields are compiled as its tsconfig says; everywhere else as the language does.
const useDefineForClassFields = import.meta.url.includes("/node_modules/");

/** @type {import("esbuild").TransformOptions} */
const options = {
  loader: "ts",
  format: "esm",
  target: "node20",
  sourcemap: "inline",
  sourcesContent: false,
  tsconfigRaw: { compilerOptions: { useDefineForClassFields } },
  logLevel: "silent",
};

/** Changes whenever the same source could come out differently. */
export const transformerVersion = JSON.stringify([readVersion("esbuild/package.json"), options]);

/**
 * TypeScript to JavaScript. Loads esbuild at the first call: a warm start never gets here.
 *
 * @param {string} path of the file, for messages and the source map
 * @param {string} source
 * @throws {SyntaxError} that shows file, line and column
 */
export function transform(path, source) {
  /** @type {typeof import("esbuild")} */
  const esbuild = require("esbuild");
  try {
    return esbuild.transformSync(source, { ...options, sourcefile: basename(path) }).code;
  } catch (error) {
    throw describeFailure(path, error);
  }
}

/**
 * @param {string} path
 * @param {unknown} error
 */
function describeFailure(path, error) {
  const { errors = [] } = /** @type {{ errors?: import("esbuild").Message[] }} */ (error);
  if (errors.length === 0) return error;

  const failure = new SyntaxError(errors.map((message) => formatMessage(path, message)).join("\n\n"));
  failure.stack = `SyntaxError: ${failure.message}`; // The frames would show this loader, not the fault.
  return failure;
}

/**
 * @param {string} path
 * @param {import("esbuild").Message} message
 */
function formatMessage(path, { text, location }) {
  if (location === null) return `${path}: ${text}`;

  const { line, column, length, lineText } = location;
  const gutter = `${line} | `;
  // Tabs stay tabs, so that the marker stands under the fault however wide the terminal draws them.
  const indent = " ".repeat(gutter.length) + lineText.slice(0, column).replace(/[^\t]/g, " ");
  return `${path}:${line}:${column + 1}: ${text}\n\n${gutter}${lineText}\n${indent}${"^".repeat(Math.max(1, length))}`;
}

/** @param {string} manifest */
function readVersion(manifest) {
  return JSON.parse(readFileSync(require.resolve(manifest), "utf8")).version;
}
