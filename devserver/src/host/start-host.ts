import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { setTimeout as setTimeoutPromise } from "node:timers/promises";
import type { Config, Kernel, Logger } from "@micro/kernel";
import * as esbuild from "esbuild";
import type { DevHost, DevHostOptions, DevService, ReplacedCall } from "../dev-host.ts";
import type { DevEvents } from "../events.ts";
import type { ConsoleLevel } from "../graph/guest-console.ts";
import type { GuestScope } from "../graph/guest-scope.ts";
import { isPartOf, ModuleGraph, type Snapshot } from "../graph/module-graph.ts";
import { mapStackTraces, placesOf } from "../graph/stack-traces.ts";
import { tellsOfChanges } from "../watch/probe.ts";
import { type Batch, Watcher } from "../watch/watcher.ts";
import { EnvVariables } from "./env-variables.ts";
import { eventLog } from "./event-log.ts";
import { Failures } from "./failures.ts";
import { createGraphGuest } from "./graph-guest.ts";
import type { Guest } from "./guest.ts";
import { Isolation } from "./isolation.ts";
import { loadConfig, splitServices } from "./load-config.ts";
import { NameClaims } from "./name-claims.ts";
import { ReplacedCalls } from "./replaced-calls.ts";
import { findServiceFiles } from "./service-files.ts";
import { type Cause, ServiceUnit, type UnitHost } from "./service-unit.ts";
import { catchUncaught } from "./uncaught.ts";

/**
 * Serves the services of a project, and from then on swaps their code as files change. A service that does not work yet
 * does not keep the others from being served.
 *
 * @throws Error when the first kernel does not start
 */
export async function startHost(options: DevHostOptions): Promise<DevHost> {
  const host = new Host(options);
  try {
    await host.start();
    return host;
  } catch (error) {
    await host.close();
    throw error;
  }
}

class Host implements DevHost, UnitHost {
  readonly events: DevEvents;
  readonly graph: ModuleGraph = new ModuleGraph();
  readonly failures: Failures;
  readonly claims: NameClaims;
  readonly drainLimitMs: number;
  readonly startLimitMs: number;
  readonly root: string;
  private readonly options: DevHostOptions;
  private readonly log: Logger;
  private readonly env: EnvVariables;
  private readonly units = new Map<string, ServiceUnit>();
  private readonly isolated = new Map<string, string>();
  private readonly isolation: Isolation;
  private readonly replacedCalls = new ReplacedCalls();
  private readonly background = new Set<Promise<unknown>>();
  private readonly undo: (() => void)[] = [];
  private readonly catchingUp: NodeJS.Timeout[] = [];
  private watcher: Watcher | undefined;
  private current: Kernel | undefined;
  /** Where services are served from now on; `current` becomes it when all of them are. */
  private target: Kernel | undefined;
  private config: Config;
  private configScope: GuestScope | undefined;
  private configDigest: string | undefined;
  private configSnapshot: Snapshot | undefined;
  private globFolders: ReadonlySet<string> = new Set();
  private packageTexts: string | undefined;
  private queue: Promise<unknown> = Promise.resolve();
  private closing: Promise<void> | undefined;

  constructor(options: DevHostOptions) {
    this.options = options;
    this.root = options.root;
    this.events = options.events;
    this.config = options.config;
    this.drainLimitMs = options.drainLimitMs ?? 10_000;
    this.startLimitMs = options.startLimitMs ?? 5000;
    this.env = new EnvVariables(options.root, options.env);
    this.failures = new Failures(options.events, (file) => this.files.has(file));
    this.log = eventLog(options.events, (name) => this.target?.services.some((one) => one.name === name) === true);
    this.claims = new NameClaims(options.root, (files) => this.retry(files));
    this.isolation = new Isolation(
      {
        root: options.root,
        events: options.events,
        units: { [Symbol.iterator]: () => this.units.values() },
        isolate: (file, reason) => this.isolate(file, reason),
        track: (work) => this.track(work),
      },
      options.isolate,
    );
  }

  get kernel(): Kernel {
    return started(this.current);
  }

  get servingKernel(): Kernel {
    return started(this.target);
  }

  get services(): readonly DevService[] {
    return [...this.units.values()].map((unit) => unit.describe());
  }

  get files(): ReadonlySet<string> {
    return new Set([...this.units.values()].flatMap(({ snapshot }) => [...(snapshot?.modules.keys() ?? [])]));
  }

  async start(): Promise<void> {
    hosts++;
    this.undo.push(
      mapStackTraces(),
      catchUncaught((error) => this.failUncaught(error)),
      () => this.env.restore(),
    );
    this.isolation.watch();
    this.env.load();
    this.packageTexts = await this.readPackageFiles();
    await this.loadFirstConfig();
    this.current = await this.startKernel(this.config);
    this.target = this.current;
    this.startWatching();
    await this.setServices(performance.now());
    this.track(this.checkWatching());
  }

  reload(service?: string): Promise<void> {
    const chosen = [...this.units.values()].filter((unit) => service === undefined || unit.name === service);
    return this.build(chosen, { files: new Set(), at: performance.now(), forced: true });
  }

  callReplaced(replaced: ReplacedCall): Promise<unknown> {
    const unit = [...this.units.values()].find(({ name }) => name === replaced.service);
    return this.replacedCalls.call(this.kernel, unit?.codeOf(replaced.revision), replaced);
  }

  async isolate(file: string, reason: string): Promise<void> {
    const unit = this.units.get(file);
    this.isolated.set(file, reason);
    if (unit !== undefined) await this.build([unit], { files: new Set(), at: performance.now(), forced: true });
  }

  close(): Promise<void> {
    this.closing ??= this.closeAll();
    return this.closing;
  }

  async load({ key, file }: ServiceUnit): Promise<Snapshot> {
    if (key !== file) return emptySnapshot(file);
    return { ...(await this.graph.load(file)), late: new LateFiles(() => this.watchFolders()) };
  }

  async createGuest(unit: ServiceUnit, snapshot: Snapshot): Promise<Guest> {
    if (unit.key !== unit.file) return this.guestOfConfig(unit);
    const onFailure = (error: unknown) => this.failures.failRunning(unit.name, unit.file, error);
    const reason = this.isolated.get(unit.file) ?? reasonToIsolate(snapshot, this.root);
    const { graph, root } = this;
    if (reason === undefined) {
      const onConsole = (service: string, level: ConsoleLevel, text: string): void =>
        this.events.emit({ type: "log", level, service, text });
      const options = { graph, root, onExit: onFailure, onConsole };
      return this.isolation.here(unit, () => createGraphGuest(snapshot, options));
    }
    return this.isolation.inWorker({ file: unit.file, root, snapshot, graph, reason, onFailure });
  }

  track(work: Promise<unknown>): void {
    const settled = work.catch((error: unknown) => this.failures.failRunning(undefined, undefined, error));
    this.background.add(settled);
    void settled.finally(() => this.background.delete(settled));
  }

  filesChanged(): void {
    this.watchFolders();
  }

  /** A definition that stands in the config itself. */
  private guestOfConfig({ key, file }: ServiceUnit): Guest {
    const definition = splitServices(this.config).definitions.find(({ name }) => key === keyOf(file, name));
    if (definition === undefined) throw new Error(`${file} has this service no more`);
    return { definition, hot: undefined, isolated: undefined, dispose: () => [] };
  }

  private async build(units: readonly ServiceUnit[], cause: Cause): Promise<void> {
    await Promise.all(units.map((unit) => unit.update(cause)));
  }

  private retry(files: ReadonlySet<string>): void {
    const units = [...files].flatMap((file) => this.units.get(file) ?? []);
    this.track(this.build(units, { files: new Set(), at: performance.now(), forced: true }));
  }

  private async startKernel(config: Config): Promise<Kernel> {
    const { local = "encode", log = this.log } = config;
    const plugins = [...(config.plugins ?? []), this.replacedCalls.plugin()];
    return this.options.startKernel({ ...config, services: [], local, log, plugins }, this.env.all);
  }

  /** The graph's own evaluation of the config, so that what it imports is watched. */
  private async loadFirstConfig(): Promise<void> {
    const { configFile } = this.options;
    if (configFile === undefined) return;
    try {
      await this.loadConfig(configFile);
    } catch (error) {
      // It works for Node, as it was loaded before this host was started.
      this.failures.fail("config", { service: undefined, file: configFile, key: configFile }, error);
    }
  }

  private async loadConfig(file: string): Promise<() => void> {
    const snapshot = await this.graph.load(file);
    const before = { config: this.config, scope: this.configScope, digest: this.configDigest };
    // Also of one that fails: its files are watched, so that mending it is seen.
    this.configSnapshot = snapshot;
    const { config, scope } = await loadConfig(this.graph, snapshot, this.root);
    this.config = config;
    this.configScope = scope;
    this.configDigest = snapshot.digest;
    return () => {
      scope.dispose();
      this.config = before.config;
      this.configScope = before.scope;
      this.configDigest = before.digest;
    };
  }

  /** Makes the units those that the config names; with a kernel those that stay move to it. */
  private async setServices(at: number, kernel?: Kernel): Promise<void> {
    const { globs, definitions } = splitServices(this.config);
    const { files, folders } = await findServiceFiles(globs, this.root);
    this.globFolders = folders;
    const { configFile = join(this.root, "micro.config.ts") } = this.options;
    const wanted = new Map(files.map((file) => [file, file]));
    for (const { name } of definitions) wanted.set(keyOf(configFile, name), configFile);

    const removed = [...this.units.values()].filter(({ key }) => !wanted.has(key));
    for (const { key } of removed) this.units.delete(key);
    const kept = [...this.units.values()];
    const added: ServiceUnit[] = [];
    for (const [key, file] of wanted) if (!this.units.has(key)) added.push(new ServiceUnit(this, file, key));
    for (const unit of added) this.units.set(unit.key, unit);
    await Promise.all([
      ...removed.map((unit) => unit.remove()),
      ...(kernel === undefined ? [] : kept.map((unit) => unit.move(kernel))),
      this.build(added, { files: new Set(added.map(({ file }) => file)), at, forced: false }),
    ]);
    this.watchFolders();
  }

  private startWatching(pollMs: number | undefined = pollIntervalOf(this.options.env)): void {
    this.watcher = new Watcher({
      concerns: (path) => this.concerns(path),
      onBatch: (batch) => this.enqueue(batch),
      onAdded: () => this.catchUp(),
      pollMs,
    });
    this.watchFolders();
  }

  private watchFolders(): void {
    const folders = new Set([this.root, ...this.globFolders]);
    const add = (files: Iterable<string>) => {
      for (const file of files) folders.add(dirname(file));
    };
    for (const snapshot of this.snapshots()) {
      add(snapshot.modules.keys());
      add(snapshot.broken);
      add(snapshot.missing);
      add(snapshot.late ?? []);
    }
    this.watcher?.watch(folders);
  }

  private *snapshots(): Generator<Snapshot> {
    if (this.configSnapshot !== undefined) yield this.configSnapshot;
    for (const { snapshot } of this.units.values()) if (snapshot !== undefined) yield snapshot;
  }

  private concerns(path: string): boolean {
    if (this.isOfConfig(path) || this.globFolders.has(dirname(path))) return true;
    for (const unit of this.units.values()) if (unit.isMadeOf(path)) return true;
    return false;
  }

  private isOfConfig(path: string): boolean {
    const { configSnapshot: snapshot, root } = this;
    if (dirname(path) === root && (path === join(root, ".env") || packageFiles.includes(basename(path)))) return true;
    return snapshot !== undefined && isPartOf(path, snapshot);
  }

  /** Whether there are events at all; where there are none, the file system is asked. */
  private async checkWatching(): Promise<void> {
    if (pollIntervalOf(this.options.env) !== undefined || (await tellsOfChanges(this.root))) return;
    if (this.closing !== undefined) return;
    const deaf = this.watcher;
    this.startWatching(defaultPollMs);
    await deaf?.close();
  }

  /** A folder is not watched at once: looks a few times whether something changed meanwhile. */
  private catchUp(): void {
    for (const timer of this.catchingUp.splice(0)) clearTimeout(timer);
    for (const ms of catchUpAfterMs) this.catchingUp.push(setTimeout(() => this.track(this.touchChanged()), ms));
  }

  private async touchChanged(): Promise<void> {
    const { globs } = splitServices(this.config);
    const { files } = await findServiceFiles(globs, this.root);
    const missing = [...this.snapshots()].flatMap((snapshot) => [...snapshot.missing]);
    const changed = await this.graph.findStale();
    const appeared = [...files.filter((file) => !this.units.has(file)), ...missing.filter((file) => existsSync(file))];
    for (const path of [...changed, ...appeared]) this.watcher?.touch(path);
  }

  private enqueue(batch: Batch): void {
    this.graph.invalidate(batch.paths);
    // The next batch need not wait for builds, which each service has one at a time.
    const handled = this.queue.then(() => this.handle(batch));
    this.queue = handled.catch(() => {});
    this.track(handled);
  }

  private async handle({ paths, at }: Batch): Promise<void> {
    if (this.closing !== undefined) return;
    const ofConfig = [...paths].filter((path) => this.isOfConfig(path));
    if (ofConfig.length > 0 && (await this.restart(ofConfig, at))) return;
    const comesOrGoes = new Set([...paths].filter((path) => this.canBeService(path)));
    if (comesOrGoes.size > 0) this.track(this.setServices(at));
    const affected = [...this.units.values()].filter(
      (unit) => !comesOrGoes.has(unit.file) && [...paths].some((path) => unit.isMadeOf(path)),
    );
    // Others came with them, such as what is written beside the services at the same moment.
    const files = new Set([...paths].filter((path) => affected.some((unit) => unit.isMadeOf(path))));
    this.track(this.build(affected, { files, at, forced: false }));
  }

  private canBeService(path: string): boolean {
    return this.globFolders.has(dirname(path)) && this.units.has(path) !== existsSync(path);
  }

  /** @returns whether every service was built */
  private async restart(paths: readonly string[], at: number): Promise<boolean> {
    const file = this.options.configFile ?? join(this.root, "micro.config.ts");
    const part = { service: undefined, file, key: file };
    const texts = await this.readPackageFiles();
    const undo: (() => void)[] = [];
    const old = this.kernel;
    try {
      undo.push(this.env.load());
      const before = this.configDigest;
      const oldScope = this.configScope;
      if (this.options.configFile !== undefined) undo.push(await this.loadConfig(this.options.configFile));
      const same = before === this.configDigest && texts === this.packageTexts;
      if (same && !paths.includes(join(this.root, ".env"))) {
        for (const back of undo.reverse()) back();
        this.failures.mend(part);
        return false;
      }
      const next = await this.startKernel(this.config);
      this.packageTexts = texts;
      this.failures.mend(part);
      this.target = next;
      await this.setServices(at, next);
      this.current = next;
      this.track(this.stopKernel(old, oldScope));
    } catch (error) {
      for (const back of undo.reverse()) back();
      this.failures.fail("config", part, error);
      return false;
    }
    const reason = paths.map((path) => relative(this.root, path)).join(", ");
    this.events.emit({ type: "restarted", reason, ms: performance.now() - at });
    return true;
  }

  private async stopKernel(kernel: Kernel, scope: GuestScope | undefined): Promise<void> {
    // A call through its client that began just now has not arrived yet, and a registry in memory needs no time to settle.
    await setTimeoutPromise(lastCallsMs);
    await kernel.stop();
    scope?.dispose();
  }

  private async readPackageFiles(): Promise<string> {
    const texts = packageFiles.map((name) => readFile(join(this.root, name), "utf8").catch(() => ""));
    return (await Promise.all(texts)).join("\0");
  }

  private failUncaught(error: unknown): void {
    const places = placesOf(error);
    const units = [...this.units.values()];
    const entry = units.find(({ file }) => places.some((place) => place.file === file));
    const unit = entry ?? units.find(({ snapshot }) => places.some(({ file }) => snapshot?.modules.has(file)));
    this.failures.failRunning(unit?.name, unit?.file, error);
  }

  private async closeAll(): Promise<void> {
    for (const timer of this.catchingUp) clearTimeout(timer);
    await this.watcher?.close();
    await this.queue;
    await Promise.all([...this.units.values()].map((unit) => unit.idle()));
    await this.current?.stop().catch((error: unknown) => this.failures.failRunning(undefined, undefined, error));
    while (this.background.size > 0) await Promise.all(this.background);
    await Promise.all([...this.units.values()].map((unit) => unit.dispose()));
    await this.isolation.close();
    this.configScope?.dispose();
    for (const undo of this.undo.reverse()) undo();
    // Every host of the process has the same transformer.
    if (--hosts === 0) await esbuild.stop();
  }
}

let hosts = 0;

function started(kernel: Kernel | undefined): Kernel {
  if (kernel === undefined) throw new Error("the host has no kernel before it starts");
  return kernel;
}

function keyOf(configFile: string, name: string): string {
  return `${configFile}#${name}`;
}

/** The files that computed imports load while a service runs. */
class LateFiles extends Set<string> {
  private readonly onAdded: () => void;

  constructor(onAdded: () => void) {
    super();
    this.onAdded = onAdded;
  }

  override add(file: string): this {
    if (this.has(file)) return this;
    super.add(file);
    this.onAdded();
    return this;
  }
}

function emptySnapshot(entry: string): Snapshot {
  return {
    entry,
    modules: new Map(),
    broken: new Set(),
    missing: new Set(),
    digest: "",
    failure: undefined,
    topLevelAwait: undefined,
    shape: {},
  };
}

const packageFiles: readonly string[] = [
  "package.json",
  "package-lock.json",
  "npm-shrinkwrap.json",
  "yarn.lock",
  "pnpm-lock.yaml",
  "bun.lock",
  "tsconfig.json",
];

const defaultPollMs = 100;
const lastCallsMs = 50;
const catchUpAfterMs: readonly number[] = [20, 100, 400, 1500];

/** `MICRO_DEV_POLL=1` or a number of milliseconds. */
function pollIntervalOf({ MICRO_DEV_POLL: text }: DevHostOptions["env"]): number | undefined {
  if (text === undefined || text === "" || text === "0" || text === "false") return undefined;
  const ms = Number(text);
  return Number.isFinite(ms) && ms > 1 ? ms : defaultPollMs;
}

function reasonToIsolate({ entry, modules, topLevelAwait }: Snapshot, root: string): string | undefined {
  if (topLevelAwait !== undefined) return topLevelAwait.replace(root, ".");
  // The transformer writes it so, whatever quotes the source has, and without comments.
  return /\bisolate: "worker"/.test(modules.get(entry)?.code.code ?? "") ? 'isolate: "worker"' : undefined;
}
