import { type CallOptions, type Kernel, type Plugin, type PluginList, type RawFlags, startKernel } from "@micro/kernel";
import { eventually } from "@micro/kernel/testing";
import { standard } from "@micro/standard";
import type { Discovery } from "./discovery.ts";
import type { Ledger } from "./ledger.ts";

/** What a caller is started with. */
export interface CallerOptions {
  readonly discovery: Discovery;
  /** Where the tries of its calls are written down. */
  readonly ledger: Ledger;
  /** On top of what protects a caller: `cache`, ten kept connections, three tries of what may run twice. */
  readonly flags?: Readonly<Record<string, string>>;
  /** Plugins of `standard()` that it does without, by name: what a test compares with. */
  readonly without?: readonly string[];
  readonly plugins?: readonly Plugin[];
}

const protections = [
  { plugin: "selector-cache", flags: { selector: "cache" } },
  { plugin: "pool", flags: { client_pool_size: "10" } },
  { plugin: "retry", flags: { client_retries: "3" } },
];

/** A kernel that only calls, in this process. Whoever starts one stops it. */
export class Caller {
  readonly kernel: Kernel;
  readonly #service: string;

  private constructor(kernel: Kernel, service: string) {
    this.kernel = kernel;
    this.#service = service;
  }

  /** Starts one that calls a service. */
  static async start(service: string, options: CallerOptions): Promise<Caller> {
    const { discovery, ledger, flags = {}, without = [], plugins = [] } = options;
    const list: PluginList = [leaveOut(standard(), without), discovery.callerPlugins, plugins];
    const ours = protections.filter(({ plugin }) => !without.includes(plugin)).map((protection) => protection.flags);
    const all: RawFlags = Object.assign({}, ...ours, discovery.callerFlags, flags);
    const kernel = await startKernel({ plugins: list }, { flags: all });
    const caller = new Caller(kernel, service);
    kernel.hooks.attempt.tap("ledger", (next) => (attempt) => {
      const { id } = attempt.request.input as { readonly id: string };
      ledger.try(id, attempt.node.address);
      return next(attempt);
    });
    return caller;
  }

  /** Calls a method that may run twice. */
  readonly read = (id: string): Promise<unknown> => this.call("Work.Read", { id });

  /** Calls one that may not. */
  readonly write = (id: string): Promise<unknown> => this.call("Work.Write", { id });

  /** Calls any. */
  call(method: string, input: unknown, options?: CallOptions): Promise<unknown> {
    return this.kernel.client.call(this.#service, method, input, options);
  }

  /** Waits until it knows so many nodes. */
  async find(nodes: number): Promise<void> {
    await eventually(20_000, `${nodes} nodes of ${this.#service}`, async () => (await this.#countNodes()) === nodes);
  }

  /** Ends it. */
  stop(): Promise<void> {
    return this.kernel.stop();
  }

  async #countNodes(): Promise<number> {
    const records = await this.kernel.get("registry").getService(this.#service);
    return records.flatMap(({ nodes }) => nodes).length;
  }
}

function leaveOut(plugins: PluginList, names: readonly string[]): PluginList {
  return plugins.map((plugin) => {
    if (!plugin) return plugin;
    if (!("name" in plugin)) return leaveOut(plugin, names);
    return names.includes(plugin.name) ? undefined : plugin;
  });
}
