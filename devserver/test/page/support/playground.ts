import { cp, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type MicroProcess, spawnMicro } from "../../support/spawn-micro.ts";

const repository = fileURLToPath(new URL("../../../..", import.meta.url));

/** `micro dev` on a copy of the shop playground, so that edits leave the checkout alone. */
export class Playground {
  readonly root: string;
  /** The address of the page, with its token. */
  readonly url: string;
  private readonly dev: MicroProcess;

  private constructor(root: string, url: string, dev: MicroProcess) {
    this.root = root;
    this.url = url;
    this.dev = dev;
  }

  static async start(...args: readonly string[]): Promise<Playground> {
    const root = await realpath(await mkdtemp(join(tmpdir(), "micro-shop-")));
    await symlink(join(repository, "node_modules"), join(root, "node_modules"));
    for (const name of ["shop", "greeter"]) {
      await cp(join(repository, "playground", name), join(root, name), { recursive: true });
    }
    // In memory: others on this machine run playgrounds too, and multicast DNS would show theirs.
    const flags = ["--config=shop/micro.config.ts", "--dev_port=0", "--no_types", "--registry=memory"];
    const dev = spawnMicro(["dev", ...flags, ...args], { cwd: root });
    try {
      const [, url = ""] = await dev.prints(/^page (http:\S+)$/m);
      await dev.prints(/^ready in /m);
      return new Playground(root, url, dev);
    } catch (error) {
      dev.kill();
      await rm(root, { recursive: true, force: true });
      throw error;
    }
  }

  /** Writes a file of the playground: `shop/services/payments.ts`. */
  async write(file: string, text: string): Promise<void> {
    await writeFile(join(this.root, file), text);
  }

  async read(file: string): Promise<string> {
    return readFile(join(this.root, file), "utf8");
  }

  /** Waits for what `micro dev` prints. */
  async prints(pattern: RegExp): Promise<void> {
    await this.dev.prints(pattern);
  }

  async close(): Promise<void> {
    this.dev.child.kill("SIGINT");
    await this.dev.ended().catch(() => this.dev.kill());
    await rm(this.root, { recursive: true, force: true });
  }
}
