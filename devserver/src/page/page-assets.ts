import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

/** A file of the page. */
export interface PageAsset {
  readonly type: string;
  readonly body: Buffer;
}

/**
 * The files of the page by the paths under which they are served. These and no others: a path that comes in a request is
 * looked up here and never becomes the name of a file. Each is read when it is asked for.
 */
export type PageAssets = ReadonlyMap<string, () => Promise<PageAsset>>;

/** What the page is made of. */
export function pageAssets(): PageAssets {
  const folder = packageFolder();
  const read = (name: string): Promise<Buffer> => readFile(join(folder, "src", "page", name));
  return new Map([
    ["/", async () => ({ type: "text/html; charset=utf-8", body: await read("page.html") })],
    ["/icon.svg", async () => ({ type: "image/svg+xml", body: await read("icon.svg") })],
    ["/page.js", async () => ({ type: "text/javascript; charset=utf-8", body: await script(folder) })],
  ]);
}

/** As it was built ahead; in the repository, where a build may be old, of the sources that are there. */
async function script(folder: string): Promise<Buffer> {
  if (!existsSync(join(folder, "page", "src"))) return readFile(join(folder, "dist", "page.js"));
  const { buildScript } = await import("./build-script.ts");
  return buildScript(folder);
}

// By the name of the package, because its sources and what is built of them do not stand equally deep.
function packageFolder(): string {
  return join(createRequire(import.meta.url).resolve("@micro/devserver/package.json"), "..");
}
