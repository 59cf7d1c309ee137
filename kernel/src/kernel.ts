import { randomUUID } from "node:crypto";
import type { RawFlags, Settings } from "@micro/settings";
import { internalServerError } from "@micro/wire";
import { BoundClient, type Client } from "./client/client.ts";
import { ClientCore } from "./client/client-core.ts";
import { assertAllowed } from "./client/node-address.ts";
import { randomSelector, roundRobinSelector } from "./client/selectors.ts";
import { CapabilityTable } from "./composition/capability-table.ts";
import { Closers, messageOf, withinLimit } from "./composition/closers.ts";
import { CodecTable } from "./composition/codec-table.ts";
import { amendConfig } from "./composition/plugin-order.ts";
import { resolveSettings } from "./composition/settings.ts";
import type { Capabilities, CapabilityKind } from "./contracts/capabilities.ts";
import type { Config } from "./contracts/config.ts";
import {
  compose,
  createHooks,
  type DialNext,
  type KernelHooks,
  type PublishNext,
  type SelectNext,
} from "./contracts/hooks.ts";
import { type Logger, namedLog, stderrLog } from "./contracts/log.ts";
import type { Plugin, PluginContext } from "./contracts/plugin.ts";
import type { Registry } from "./contracts/registry.ts";
import type { Selector } from "./contracts/selector.ts";
import { memory } from "./memory/memory-plugin.ts";
import { watchGarbageCollection } from "./server/debug.ts";
import { splitPairs } from "./server/record.ts";
import { ServedService, type ServeOptions } from "./server/served-service.ts";
import type { ServiceDefinition } from "./server/service.ts";

/** What a program can hand to a kernel besides its config. The kernel reads no environment and no arguments itself. */
export interface KernelOptions {
  /** Flags as they stand on a command line, by name. */
  readonly flags?: RawFlags;
  /** The environment to read `MICRO_*` variables from. Default none. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** How long a stop waits for calls under way, in milliseconds. Default 30,000. */
  readonly drainLimitMs?: number;
  /** Gives up a start that is under way, which then undoes what it did and fails. Nothing comes of it later. */
  readonly signal?: AbortSignal;
}

/** Where a kernel is in its life. It goes through it once. */
export type KernelState = "created" | "starting" | "running" | "stopping" | "stopped" | "failed";

const setupLimitMs = 10_000;
const closeLimitMs = 5000;

/** Starts a kernel: sets up its plugins, makes the chosen capabilities, serves the config's services. */
export async function startKernel(config: Config = {}, options: KernelOptions = {}): Promise<Kernel> {
  const kernel = new Kernel(config, options);
  const { signal } = options;
  // What goes wrong in that stop is told by the start, which fails.
  const giveUp = () => void kernel.stop().catch(() => {});
  signal?.throwIfAborted();
  signal?.addEventListener("abort", giveUp, { once: true });
  try {
    await kernel.start();
    return kernel;
  } finally {
    signal?.removeEventListener("abort", giveUp);
  }
}

/**
 * A running system: plugins around hooks and capabilities, services, and a client. It touches no globals, no signals
 * and no exit codes, so a program may have several.
 *
 * @example
 * const kernel = await startKernel({ plugins: [standard()] });
 * await kernel.serve(greeter);
 * await kernel.client.call("go.micro.srv.greeter", "Say.Hello", { name: "John" });
 * await kernel.stop();
 */
export class Kernel {
  readonly hooks: KernelHooks = createHooks();
  readonly log: Logger;
  /** The config as plugins amended it. */
  readonly config: Config;
  /** The value of every flag and where it came from. */
  readonly settings: Settings;
  /** The plugins in the order of their setup. */
  readonly plugins: readonly Plugin[];
  private readonly drainLimitMs: number;
  private readonly capabilities = new CapabilityTable();
  private readonly codecs = new CodecTable(this.hooks);
  private readonly closers: Closers;
  private readonly stopSignal = new AbortController();
  private readonly served = new Set<ServedService>();
  private currentState: KernelState = "created";
  private core: ClientCore | undefined;
  private rootClient: Client | undefined;
  private starting: Promise<void> | undefined;
  private stopped: Promise<void> | undefined;

  /**
   * A kernel that is not started yet. Most programs call {@link startKernel}.
   *
   * @throws UsageError when flags, variables or the config do not fit
   */
  constructor(config: Config = {}, { flags = {}, env = {}, drainLimitMs = 30_000 }: KernelOptions = {}) {
    const amended = amendConfig(config, [memory()]);
    this.plugins = amended.plugins;
    this.config = amended.config;
    this.settings = resolveSettings({ plugins: this.plugins, config: this.config, env, flags });
    this.log = this.config.log ?? stderrLog;
    this.drainLimitMs = drainLimitMs;
    this.closers = new Closers(closeLimitMs, this.log);
  }

  get state(): KernelState {
    return this.currentState;
  }

  /** The services it serves. */
  get services(): readonly ServedService[] {
    return [...this.served];
  }

  /** @throws Error before the kernel was started */
  get client(): Client {
    if (this.rootClient !== undefined) return this.rootClient;
    throw new Error("the kernel has no client before it starts");
  }

  /**
   * The active capability of a kind.
   *
   * @throws TypeError before it was made
   */
  get<Kind extends CapabilityKind>(kind: Kind): Capabilities[Kind] {
    return this.capabilities.get(kind);
  }

  /**
   * Starts once. A failure undoes what was done.
   *
   * @throws Error that names the plugin or capability that failed
   */
  async start(): Promise<void> {
    if (this.currentState !== "created") throw new Error(`a kernel starts once; this one is ${this.currentState}`);
    this.currentState = "starting";
    this.starting = this.startParts();
    try {
      await this.starting;
    } catch (error) {
      await this.fail();
      throw error;
    }
  }

  /**
   * Serves a service: listens, registers, subscribes.
   *
   * @throws Error when the kernel is not running, or serves that name already
   */
  async serve(service: ServiceDefinition, options: ServeOptions = {}): Promise<ServedService> {
    if (this.currentState !== "running" && this.currentState !== "starting") {
      throw new Error(`the kernel is ${this.currentState}: a service is served while it runs`);
    }
    const definition = this.named(service);
    if (this.services.some(({ name }) => name === definition.name)) {
      throw new Error(`"${definition.name}" is served already; a kernel serves a name once`);
    }
    const served = new ServedService(this.serviceHost(), definition, namedLog(this.log, definition.name));
    this.served.add(served);
    try {
      await served.start(this.serveOptions(options));
    } catch (error) {
      this.served.delete(served);
      await served.withdraw();
      await served.close(0);
      throw error;
    }
    this.core?.setLocal(definition.name, served);
    return served;
  }

  /** Stops serving one service, as a stop does with all. One that is not served is no mistake. */
  async unserve(served: ServedService): Promise<void> {
    if (this.served.delete(served)) await this.endServices([served]);
  }

  /**
   * Leaves the registry, serves on until that is known, finishes what is under way, closes everything. Idempotent;
   * before a start it does nothing.
   *
   * @throws AggregateError when something did not close; everything else is closed all the same
   */
  stop(): Promise<void> {
    this.stopped ??= this.stopParts();
    return this.stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  private async startParts(): Promise<void> {
    watchGarbageCollection();
    this.capabilities.provide("selector", "roundrobin", () => roundRobinSelector);
    this.capabilities.provide("selector", "random", () => randomSelector);
    // The name that it has in go-micro 2016.
    this.capabilities.provide("selector", "default", () => randomSelector);
    for (const plugin of this.plugins) await this.setUp(plugin);
    await this.makeCapabilities();
    this.createClient();
    await this.hooks.start.promise(this);
    for (const service of this.config.services ?? []) await this.serve(definitionOf(service));
    this.throwIfStopping();
    this.currentState = "running";
    this.hooks.ready.call(this);
  }

  private async setUp(plugin: Plugin): Promise<void> {
    this.throwIfStopping();
    if (plugin.setup === undefined) return;
    const context = this.contextFor(plugin);
    try {
      await withinLimit(setupLimitMs, "its setup", () => plugin.setup?.(context));
    } catch (error) {
      throw new Error(`plugin "${plugin.name}" failed in setup: ${messageOf(error)}`, { cause: error });
    }
  }

  private contextFor(plugin: Plugin): PluginContext {
    return {
      kernel: this,
      hooks: this.hooks,
      config: this.config,
      flags: this.settings.of(plugin),
      log: namedLog(this.log, plugin.name),
      signal: this.stopSignal.signal,
      provide: (kind, name, factory) => this.capabilities.provide(kind, name, factory),
      get: (kind) => this.capabilities.get(kind),
      make: (kind, name) => this.capabilities.makeAnother(kind, name),
      addresses: (kind) => this.settings.get(`${kind}_address`) as readonly string[],
      defer: (closer) => this.closers.add(plugin.name, closer),
    };
  }

  private async makeCapabilities(): Promise<void> {
    const chosen = (kind: string) => this.settings.get(kind) as string;
    for (const kind of this.capabilities.kinds()) this.capabilities.check(kind, chosen(kind));
    for (const kind of this.capabilities.kinds()) {
      this.throwIfStopping();
      const made = await this.capabilities.make(kind, chosen(kind));
      if (hasClose(made)) this.closers.add(kind, () => made.close());
    }
    const { discovered } = this.hooks;
    if (!discovered.isUsed()) return;
    const watch = this.get("registry").watch((event) => this.tell("discovered", () => discovered.call(event)));
    this.closers.add("discovered", () => watch.close());
  }

  private createClient(): void {
    const selector: Selector = this.get("selector")(this.get("registry"));
    this.closers.add("selector", () => selector.close());
    const { select, dial, publish } = this.hooks;
    this.core = new ClientCore({
      hooks: this.hooks,
      local: this.config.local ?? "reference",
      timeoutMs: this.settings.get("client_request_timeout") as number,
      contentType: (this.settings.get("content_type") as string) || this.codecs.defaultContentType(),
      codec: (contentType) => this.codecs.require(contentType),
      pick: compose<SelectNext>("select", select.taps, (selection) => selector.pick(selection)),
      dial: compose<DialNext>("dial", dial.taps, (target) => {
        assertAllowed(target.address);
        return this.get("transport").dial(target.address, target);
      }),
      publish: compose<PublishNext>(
        "publish",
        publish.taps,
        async ({ topic, message, metadata, contentType, schema }) => {
          const header = { ...metadata, "Content-Type": contentType };
          const body = this.codecs.require(contentType).encode(message, schema);
          await this.get("broker").publish(topic, { header, body });
        },
      ),
    });
    this.rootClient = new BoundClient(this.core);
  }

  private named(service: ServiceDefinition): ServiceDefinition {
    const [name, version] = ["server_name", "server_version"].map((flag) => this.settings.get(flag) as string);
    const metadata = splitPairs(this.settings.get("server_metadata") as readonly string[]);
    return {
      ...service,
      name: name || service.name,
      ...(version ? { version } : {}),
      metadata: { ...service.metadata, ...metadata },
    };
  }

  private serveOptions({ address, advertise, id }: ServeOptions): Required<ServeOptions> {
    return {
      address: address ?? (this.settings.get("server_address") as string),
      advertise: advertise ?? (this.settings.get("server_advertise") as string),
      id: id ?? ((this.settings.get("server_id") as string) || randomUUID()),
    };
  }

  private serviceHost(): ConstructorParameters<typeof ServedService>[0] {
    return {
      hooks: this.hooks,
      transport: this.get("transport"),
      registry: this.get("registry"),
      broker: this.get("broker"),
      codec: (contentType) => this.codecs.get(contentType),
      clientFor: (service, context) => new BoundClient(this.core as ClientCore, context, service),
      named: (service) => this.named(service),
    };
  }

  private async stopParts(): Promise<void> {
    if (this.currentState === "created" || this.currentState === "failed") {
      if (this.currentState === "created") this.currentState = "stopped";
      return;
    }
    const wasRunning = this.currentState === "running";
    this.currentState = "stopping";
    this.stopSignal.abort();
    // A start under way meets the signal at its next step.
    if (!wasRunning) await this.starting?.catch(() => {});
    if (wasRunning) this.tell("stopping", () => this.hooks.stopping.call(this));
    await this.closeAll("stopped");
  }

  private async fail(): Promise<void> {
    this.stopSignal.abort();
    if (this.stopped !== undefined) return this.stopped;
    // The cause of the failure is what the caller must see; what also failed while undoing is logged.
    await this.closeAll("failed").catch(() => {});
  }

  private async closeAll(end: "stopped" | "failed"): Promise<void> {
    const services = this.services;
    this.served.clear();
    try {
      await this.endServices(services);
      await this.closers.run();
    } finally {
      this.currentState = end;
    }
  }

  private async endServices(services: readonly ServedService[]): Promise<void> {
    if (services.length === 0) return;
    const registered = services.filter(({ record }) => record !== undefined);
    await Promise.all(services.map((service) => service.withdraw()));
    if (registered.length > 0) await settle(this.get("registry"));
    for (const { name } of services) this.core?.setLocal(name, undefined);
    await Promise.all(services.map((service) => service.close(this.drainLimitMs)));
  }

  /** Calls taps whose failure must keep nothing else from going on. */
  private tell(hook: string, call: () => void): void {
    try {
      call();
    } catch (error) {
      this.log.error(`a tap of the "${hook}" hook failed`, { error });
    }
  }

  private throwIfStopping(): void {
    if (this.stopSignal.signal.aborted)
      throw internalServerError("go.micro.kernel", "the kernel was stopped while it started");
  }
}

// Others still call a node for as long as they have not heard that it left.
function settle({ settleMs }: Registry): Promise<void> {
  return settleMs === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, settleMs));
}

function definitionOf(service: string | ServiceDefinition): ServiceDefinition {
  if (typeof service !== "string") return service;
  throw new TypeError(`the kernel takes services, not files: "${service}" is for micro run and micro dev`);
}

function hasClose(value: unknown): value is { close(): Promise<void> } {
  return typeof value === "object" && value !== null && typeof (value as { close?: unknown }).close === "function";
}
