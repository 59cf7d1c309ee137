import { readFileSync } from "node:fs";
import { isAbsolute, relative } from "node:path";

/**
 * Tells where a name stands in a config file, `micro.config.ts:7`, as seen from the working directory; `the config`
 * where it does not stand in the file, as with what a plugin amended.
 */
export function configPlaces(file: string | undefined, cwd: string): (name: string) => string {
  return (name) => {
    const line = file === undefined ? undefined : lineOf(file, name);
    return file === undefined || line === undefined ? "the config" : `${shortest(file, cwd)}:${line}`;
  };
}

/** The file and, where it is seen, the line in it that gives a name a value. */
export function placeInConfig(file: string, name: string): string {
  const line = lineOf(file, name);
  return line === undefined ? file : `${file}:${line}`;
}

/** The first line that gives the name a value, counted from 1. */
function lineOf(file: string, name: string): number | undefined {
  const member = new RegExp(`(?:^|[\\s{,"'\`[])${name.replace(/\W/g, "\\$&")}["'\`]?\\]?\\s*:`);
  const lines = readFileSync(file, "utf8").split("\n");
  const at = lines.findIndex((line) => !/^\s*(?:\/\/|\*|\/\*)/.test(line) && member.test(line));
  return at === -1 ? undefined : at + 1;
}

function shortest(file: string, cwd: string): string {
  const path = relative(cwd, file);
  return path.startsWith("..") || isAbsolute(path) ? file : path;
}
