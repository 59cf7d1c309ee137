import type { Registry, RegistryEvent, RegistryWatch, ServiceRecord } from "@micro/kernel";
import { isSegment } from "./consul-record.ts";
import { Directory } from "./directory.ts";
import { unavailable } from "./errors.ts";
import { Link } from "./link.ts";
import { type ConsulOptions, resolveOptions } from "./options.ts";
import { Registrar } from "./registrar.ts";
import { type ConsulStats, createStats } from "./stats.ts";
import { ThrottledLog } from "./throttled-log.ts";

/**
 * Finds services in Consul, where programs of go-micro register as well. What was once found is answered at once and
 * stays while Consul is away; it asks nothing before somebody does.
 *
 * @example
 * const registry = new ConsulRegistry({ address: "127.0.0.1:8500" });
 * await registry.register(record);
 * const records = await registry.getService("go.micro.srv.greeter");
 * await registry.close();
 */
export class ConsulRegistry implements Registry {
  readonly name = "consul";
  readonly settleMs = 1000;
  readonly #stats: ConsulStats = createStats();
  readonly #link: Link;
  readonly #directory: Directory;
  readonly #registrar: Registrar;
  readonly #watches = new Set<RegistryWatch>();
  #closing: Promise<void> | undefined;

  /** @throws TypeError for an option that cannot be */
  constructor(options: ConsulOptions = {}) {
    const resolved = resolveOptions(options);
    const log = new ThrottledLog(resolved.log);
    this.#link = new Link(resolved, this.#stats, log);
    this.#directory = new Directory(resolved, this.#stats, log, this.#link);
    this.#registrar = new Registrar(resolved, this.#stats, log, this.#link);
  }

  /** How it stands with Consul, and what was not used of what it said. */
  get stats(): Readonly<ConsulStats> {
    return this.#stats;
  }

  /**
   * Registers a node with Consul's agent and keeps it registered. While Consul is away it resolves all the same, after a
   * warning: the node is registered within two seconds of Consul's return, and a service starts without it.
   *
   * @throws MicroError 400 for a record that Consul cannot hold, 403 when the token may not write it, 503 when the
   * registry is closed
   */
  async register(record: ServiceRecord): Promise<void> {
    this.#assertOpen();
    await this.#registrar.register(record);
    this.#directory.refresh(record.name);
  }

  /**
   * Takes the record's nodes back, within two seconds each.
   *
   * @throws MicroError 503 when Consul is away: the TTL ends them then
   */
  async deregister(record: ServiceRecord): Promise<void> {
    this.#assertOpen();
    for (const { id } of record.nodes) {
      if (!isSegment(id)) continue;
      await this.#registrar.deregister(record, id);
      this.#directory.refresh(record.name, id);
    }
  }

  /**
   * What is known is answered at once, also while Consul is away. A name not known yet is asked for, for up to
   * `lookupTimeoutMs`, and one that is not there is not asked for again for two seconds, unless something changes.
   *
   * @throws MicroError 503 `registry_unavailable` when it is closed, or knows nothing of the name and Consul does not tell
   */
  getService(name: string): readonly ServiceRecord[] | Promise<readonly ServiceRecord[]> {
    this.#assertOpen();
    return this.#directory.getService(name);
  }

  /**
   * The names of all services, also of those that are not micro's. While Consul is away, those last heard.
   *
   * @throws MicroError 503 `registry_unavailable` when none were heard
   */
  async listServices(): Promise<readonly string[]> {
    this.#assertOpen();
    return this.#directory.listServices();
  }

  /** Tells of every change of any service, beginning with a `create` for what is there. */
  watch(listener: (event: RegistryEvent) => void): RegistryWatch {
    this.#assertOpen();
    const watch = this.#directory.watch(listener);
    this.#watches.add(watch);
    return {
      close: () => {
        watch.close();
        this.#watches.delete(watch);
      },
    };
  }

  /** Takes its nodes back, as far as Consul answers, and frees everything. Idempotent; after it every method throws. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const watch of this.#watches) watch.close();
    this.#directory.close();
    await limited(closeLimitMs, this.#registrar.close());
    this.#link.close();
    this.#stats.connected = false;
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw unavailable("the consul registry is closed");
  }
}

const closeLimitMs = 3000;

async function limited(limitMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}
