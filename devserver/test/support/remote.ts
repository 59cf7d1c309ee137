import { type CallOptions, type ClientStream, type Kernel, startKernel } from "@micro/kernel";
import { standard } from "@micro/standard";
import type { Project } from "./project.ts";

/** Another kernel, which calls the services of a project over HTTP. */
export class Remote {
  private readonly kernel: Kernel;
  private readonly project: Project;

  private constructor(kernel: Kernel, project: Project) {
    this.kernel = kernel;
    this.project = project;
  }

  static async start(project: Project): Promise<Remote> {
    // Connections are kept, as one that is left in a bad state is found out by the next call.
    const flags = { registry: "memory", server_address: "127.0.0.1:0", client_pool_size: "1" };
    return new Remote(await startKernel({ plugins: [standard()] }, { flags }), project);
  }

  call<T = { msg: string }>(
    service: string,
    method: string,
    input: unknown = {},
    options: CallOptions = {},
  ): Promise<T> {
    return this.kernel.client.call<T>(service, method, input, { timeout: "20s", ...this.at(service), ...options });
  }

  stream<T>(service: string, method: string, input?: unknown, options: CallOptions = {}): ClientStream<unknown, T> {
    return this.kernel.client.stream<T>(service, method, input, { ...this.at(service), ...options });
  }

  async close(): Promise<void> {
    await this.kernel.stop();
  }

  private at(service: string): CallOptions {
    const address = this.project.host.services.find(({ name }) => name === service)?.address;
    return address === undefined ? {} : { address };
  }
}
