import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { isAbsolute, join, parse, relative } from "node:path";

/** What globs match, and where a new match could appear. */
export interface ServiceFiles {
  /** Sorted. */
  readonly files: readonly string[];
  readonly folders: ReadonlySet<string>;
}

/**
 * The files that patterns match, with the rules of `micro run`: `*`, `?` and `{a,b}` inside a name, `**` for any folders
 * between; a star passes over what begins with a dot, `**` also over `node_modules` and linked folders.
 */
export async function findServiceFiles(patterns: readonly string[], root: string): Promise<ServiceFiles> {
  const files = new Set<string>();
  const folders = new Set<string>();
  for (const pattern of patterns) {
    const start = isAbsolute(pattern) ? parse(pattern).root : root;
    const rest = isAbsolute(pattern) ? relative(start, pattern) : pattern;
    const segments = rest.split(/[\\/]/).filter((segment) => segment !== "." && segment !== "");
    await walk(start, segments, files, folders);
  }
  return { files: [...files].sort(), folders };
}

async function walk(
  folder: string,
  [segment = "", ...rest]: readonly string[],
  files: Set<string>,
  folders: Set<string>,
): Promise<void> {
  folders.add(folder);
  if (segment === "**") {
    await walkDeep(folder, rest.length === 0 ? ["*"] : rest, files, folders);
    return;
  }
  for (const name of await matchNames(folder, segment)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (rest.length === 0 && found?.isFile()) files.add(path);
    // A folder of a pattern without stars is waited for even if it does not exist.
    if (rest.length > 0 && (found === undefined || found.isDirectory())) await walk(path, rest, files, folders);
  }
}

async function walkDeep(
  folder: string,
  rest: readonly string[],
  files: Set<string>,
  folders: Set<string>,
): Promise<void> {
  await walk(folder, rest, files, folders);
  for (const entry of await entriesOf(folder)) {
    if (!entry.isDirectory() || entry.name.startsWith(".") || entry.name === "node_modules") continue;
    await walkDeep(join(folder, entry.name), rest, files, folders);
  }
}

async function matchNames(folder: string, segment: string): Promise<readonly string[]> {
  if (!/[*?{]/.test(segment)) return [segment];
  const matcher = toRegExp(segment);
  return (await entriesOf(folder)).map(({ name }) => name).filter((name) => matcher.test(name));
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
