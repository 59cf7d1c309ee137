import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of a user, where the packages of this repository are installed. */
export interface UserProject {
  readonly folder: string;
  /** Writes one more file, or another text into it. */
  write(path: string, text: string): string;
  remove(): void;
}

const modules = fileURLToPath(new URL("../../../node_modules", import.meta.url));

/**
 * Makes a project in the system's temporary folder; whoever makes one removes it.
 *
 * @param packages of others that are installed in it
 */
export function createUserProject(
  files: Readonly<Record<string, string>> = {},
  packages: readonly string[] = ["typescript", "uvu"],
): UserProject {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "micro-user-")));
  const write = (path: string, text: string) => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  mkdirSync(join(folder, "node_modules/@micro"), { recursive: true });
  const own = readdirSync(join(modules, "@micro")).map((name) => `@micro/${name}`);
  for (const name of [...own, ...packages]) symlinkSync(join(modules, name), join(folder, "node_modules", name));
  write("package.json", '{ "type": "module" }');
  for (const [path, text] of Object.entries(files)) write(path, text);
  return { folder, write, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
