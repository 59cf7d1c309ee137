import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A folder with files in it, where the packages of this repository are installed. */
export interface Project {
  readonly folder: string;
  /** Writes one more file. */
  write(path: string, text: string): string;
  remove(): void;
}

const installed = fileURLToPath(new URL("../../../node_modules/@micro", import.meta.url));

/** Makes a project in the system's temporary folder; whoever makes one removes it. */
export function createProject(files: Readonly<Record<string, string>> = {}): Project {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "micro-cli-")));
  const write = (path: string, text: string) => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  mkdirSync(join(folder, "node_modules/@micro"), { recursive: true });
  for (const name of readdirSync(installed))
    symlinkSync(join(installed, name), join(folder, "node_modules/@micro", name));
  write("package.json", '{ "type": "module" }');
  for (const [path, text] of Object.entries(files)) write(path, text);
  return { folder, write, remove: () => rmSync(folder, { recursive: true }) };
}

/** A service as a user writes it, which answers, waits and counts. */
export function serviceSource(name: string): string {
  return `
    import { defineService } from "@micro/kernel";

    export default defineService({
      name: "${name}",
      handlers: {
        Say: {
          Hello: async ({ name }: { name?: string }) => ({ msg: "Hello " + name }),
          Wait: async () => {
            console.log("waiting");
            await new Promise((resolve) => setTimeout(resolve, 500));
            return {};
          },
          async *Count({ to }: { to: number }) {
            for (let n = 0; n < to; n++) yield { n };
          },
        },
      },
    });
  `;
}
