import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

/** A file of the page. */
export interface PageAsset {
  readonly type: string;
  readonly body: Buffer;
}

/**
 * Reads the files of the page, by the paths under which they are served. These and no others: a path that comes in a
 * request is looked up here and never becomes the name of a file.
 */
export async function readPageAssets(): Promise<ReadonlyMap<string, PageAsset>> {
  const folder = join(packageFolder(), "src", "page");
  const read = async (name: string, type: string): Promise<PageAsset> => ({
    type,
    body: await readFile(join(folder, name)),
  });
  return new Map([
    ["/", await read("page.html", "text/html; charset=utf-8")],
    ["/page.css", await read("page.css", "text/css; charset=utf-8")],
    ["/page.js", await read("page.js", "text/javascript; charset=utf-8")],
  ]);
}

// By the name of the package, because its sources and what is built of them do not stand equally deep.
function packageFolder(): string {
  return join(createRequire(import.meta.url).resolve("@micro/devserver/package.json"), "..");
}
