import { readFileSync } from "node:fs";
import { isAbsolute, relative } from "node:path";

/**
 * Tells where a member of the config stands in its file, `micro.config.ts:7`, as seen from the working directory; `the
 * config` where it does not stand there, as with what a plugin amended.
 */
export function configPlaces(file: string | undefined, cwd: string): (...path: readonly string[]) => string {
  return (...path) => {
    const line = file === undefined ? undefined : lineOf(file, path);
    return file === undefined || line === undefined ? "the config" : `${shortest(file, cwd)}:${line}`;
  };
}

/** The file and, where it is seen, the line in it that gives a name a value. */
export function placeInConfig(file: string, name: string): string {
  const line = lineOf(file, [name]);
  return line === undefined ? file : `${file}:${line}`;
}

/** The line that gives a value to the last name of a path, behind those that do to the names before it; from 1. */
function lineOf(file: string, path: readonly string[]): number | undefined {
  const lines = readFileSync(file, "utf8").split("\n");
  let at = 0;
  for (const name of path) {
    const found = lines.slice(at).findIndex((line) => givesValue(line, name));
    if (found === -1) return undefined;
    at += found;
  }
  return at + 1;
}

function givesValue(line: string, name: string): boolean {
  const isComment = /^\s*(?:\/\/|\*|\/\*)/.test(line);
  return !isComment && new RegExp(`(?:^|[\\s{,"'\`[])${name.replace(/\W/g, "\\$&")}["'\`]?\\]?\\s*:`).test(line);
}

function shortest(file: string, cwd: string): string {
  const path = relative(cwd, file);
  return path.startsWith("..") || isAbsolute(path) ? file : path;
}
