import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { publishedWorkspaces, root } from "../../scripts/lib/workspaces.mjs";

const run = promisify(execFile);
const packages = publishedWorkspaces();

/** The built packages in a `node_modules` of their own, as a user has them. Whoever makes one removes it. */
export class Installed {
  /** The folder that has the `node_modules`. */
  readonly folder: string;
  /** What the build complained of; empty when it did not. What it made all the same is measured. */
  readonly complaint: string;

  private constructor(folder: string, complaint: string) {
    this.folder = folder;
    this.complaint = complaint;
  }

  /** Builds, and copies what is published of each package. */
  static async create(): Promise<Installed> {
    const complaint = await build();
    const installed = new Installed(await mkdtemp(join(tmpdir(), "micro-bench-")), complaint);
    try {
      for (const { folder } of packages) await installed.#add(join(root, folder));
      return installed;
    } catch (error) {
      await installed.remove();
      throw error;
    }
  }

  /** Removes it. */
  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  async #add(source: string): Promise<void> {
    const manifest = JSON.parse(await readFile(join(source, "package.json"), "utf8")) as Manifest;
    const target = join(this.folder, "node_modules", manifest.name);
    await mkdir(dirname(target), { recursive: true });
    await cp(source, target, {
      recursive: true,
      filter: (path) => !/\/(node_modules|test|dist\/.*tsbuildinfo)$/.test(path),
    });
    const foreign = Object.keys(manifest.dependencies ?? {}).filter((name) => !name.startsWith("@micro/"));
    for (const name of foreign) await this.#link(name);
  }

  async #link(name: string): Promise<void> {
    const link = join(this.folder, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(root, "node_modules", name), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
}

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

async function build(): Promise<string> {
  try {
    await run(process.execPath, [join(root, "scripts/build.mjs")], { cwd: root });
    return "";
  } catch (error) {
    return (error as { readonly stderr?: string }).stderr?.trim().split("\n")[0] ?? String(error);
  }
}
