import type { Dirent, Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { isAbsolute, join, parse, relative } from "node:path";

/**
 * The files that a pattern matches, sorted: `*`, `?` and `{a,b}` inside a name, `**` for any folders between.
 * As in a shell, a star passes over what begins with a dot; `**` also over `node_modules` and linked folders.
 *
 * @param root where a relative pattern starts
 */
export async function glob(pattern: string, root: string): Promise<readonly string[]> {
  const start = isAbsolute(pattern) ? parse(pattern).root : root;
  const segments = (isAbsolute(pattern) ? relative(start, pattern) : pattern).split(/[\\/]/).filter((it) => it !== ".");
  const files = new Set<string>();
  for await (const file of walk(start, segments)) files.add(file);
  return [...files].sort();
}

async function* walk(folder: string, segments: readonly string[]): AsyncGenerator<string> {
  const [segment = "", ...rest] = segments;
  if (segment === "**") yield* walkDeep(folder, rest.length === 0 ? ["*"] : rest);
  else for (const name of await matchNames(folder, segment)) yield* visit(join(folder, name), rest);
}

async function* visit(path: string, rest: readonly string[]): AsyncGenerator<string> {
  const found = await statOf(path);
  if (rest.length === 0 && found?.isFile()) yield path;
  if (rest.length > 0 && found?.isDirectory()) yield* walk(path, rest);
}

async function* walkDeep(folder: string, rest: readonly string[]): AsyncGenerator<string> {
  yield* walk(folder, rest);
  for (const entry of await entriesOf(folder)) {
    if (!entry.isDirectory() || entry.name.startsWith(".") || entry.name === "node_modules") continue;
    yield* walkDeep(join(folder, entry.name), rest);
  }
}

async function matchNames(folder: string, segment: string): Promise<readonly string[]> {
  if (!/[*?{]/.test(segment)) return [segment];
  const matcher = toRegExp(segment);
  return (await entriesOf(folder)).map((entry) => entry.name).filter((name) => matcher.test(name));
}

function toRegExp(segment: string): RegExp {
  const source = segment
    .replace(/[.+^$()|[\]\\]/g, "\\$&")
    .replace(/\*+/g, ".*")
    .replace(/\?/g, ".")
    .replace(/\{([^{}]*)\}/g, (_, names: string) => `(?:${names.replaceAll(",", "|")})`);
  return new RegExp(segment.startsWith(".") ? `^${source}$` : `^(?!\\.)${source}$`);
}

// A folder that is not there, or not ours to read, matches nothing.
async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch(() => []);
}

async function statOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined);
}
