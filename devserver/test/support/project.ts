import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Config, type Kernel, startKernel } from "@micro/kernel";
import { eventually } from "@micro/kernel/testing";
import { standard } from "@micro/standard";
import { DevEvents, type DevHost, type DevHostOptions, type NumberedEvent, startHost } from "../../src/index.ts";

const modules = fileURLToPath(new URL("../../../node_modules", import.meta.url));

/** Options of a host, besides those that every project has. */
export interface ProjectOptions
  extends Partial<Omit<DevHostOptions, "root" | "events" | "startKernel" | "configFile">> {
  readonly flags?: Readonly<Record<string, string>>;
  /** Whether there is a `micro.config.ts`. */
  readonly hasConfig?: boolean;
}

/** A project in a folder of its own, whose files are written as an editor does, and the host that runs it. */
export class Project {
  readonly root: string;
  readonly events: DevEvents = new DevEvents();
  readonly kernels: Kernel[] = [];
  private started: DevHost | undefined;

  private constructor(root: string) {
    this.root = root;
  }

  static async create(files: Readonly<Record<string, string>>): Promise<Project> {
    const root = await realpath(await mkdtemp(join(tmpdir(), "micro-dev-")));
    await symlink(modules, join(root, "node_modules"));
    const project = new Project(root);
    for (const [file, text] of Object.entries(files)) await project.write(file, text);
    return project;
  }

  get host(): DevHost {
    if (this.started === undefined) throw new Error("the project was not started");
    return this.started;
  }

  path(file: string): string {
    return join(this.root, file);
  }

  async start({ flags = {}, hasConfig = false, ...options }: ProjectOptions = {}): Promise<DevHost> {
    this.started = await startHost({
      root: this.root,
      configFile: hasConfig ? this.path("micro.config.ts") : undefined,
      config: { services: ["services/*.ts"], plugins: [standard()] },
      env: {},
      events: this.events,
      startKernel: async (config: Config, env) => {
        const settings = { server_address: "127.0.0.1:0", registry: "memory", ...flags };
        const kernel = await startKernel(config, { env, flags: settings });
        this.kernels.push(kernel);
        return kernel;
      },
      ...options,
    });
    return this.started;
  }

  /** Writes a file in place. */
  async write(file: string, text: string): Promise<void> {
    const path = this.path(file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }

  /** Writes beside and renames, as many editors do. */
  async replace(file: string, text: string): Promise<void> {
    const draft = `${this.path(file)}.${randomUUID()}~`;
    await writeFile(draft, text);
    await rename(draft, this.path(file));
  }

  async delete(file: string): Promise<void> {
    await rm(this.path(file), { recursive: true });
  }

  call<T>(service: string, method: string, input: unknown = {}): Promise<T> {
    return this.host.kernel.client.call(service, method, input) as Promise<T>;
  }

  /** Waits until a call answers with that text. */
  async answers(service: string, msg: string, method = "Say.Hello"): Promise<void> {
    await eventually(10_000, `${service} answers "${msg}"`, async () => {
      const answer = await this.call<{ msg?: string }>(service, method).catch(() => undefined);
      return answer?.msg === msg;
    });
  }

  all<T extends NumberedEvent["type"]>(type: T): Extract<NumberedEvent, { type: T }>[] {
    return this.events.recent.filter((event) => event.type === type) as Extract<NumberedEvent, { type: T }>[];
  }

  /** Waits for an event, also one that came already. */
  async event<T extends NumberedEvent["type"]>(
    type: T,
    fits: (event: Extract<NumberedEvent, { type: T }>) => boolean = () => true,
  ): Promise<Extract<NumberedEvent, { type: T }>> {
    await eventually(10_000, `an event "${type}"`, () => this.all(type).some(fits));
    return this.all(type).find(fits) as Extract<NumberedEvent, { type: T }>;
  }

  async close(): Promise<void> {
    await this.started?.close();
    await rm(this.root, { recursive: true, force: true });
  }
}

/** The text of a service that says one thing. */
export function sayer(name: string, msg: string, more = ""): string {
  return `import { defineService } from "@micro/kernel";
${more}
export default defineService({
  name: ${JSON.stringify(name)},
  handlers: { Say: { Hello: async () => ({ msg: ${JSON.stringify(msg)} }) } },
});
`;
}
