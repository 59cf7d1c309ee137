import { setImmediate, setTimeout } from "node:timers/promises";
import type { Kernel, MicroError, ReplacedCode, ServedService, ServiceDefinition, StartContext } from "@micro/kernel";
import type { DevService } from "../dev-host.ts";
import type { DevEvents, FailurePhase } from "../events.ts";
import { isPartOf, type Snapshot } from "../graph/module-graph.ts";
import type { Failures } from "./failures.ts";
import type { Guest } from "./guest.ts";
import { describeMethods } from "./methods.ts";
import type { NameClaims } from "./name-claims.ts";
import { within } from "./within.ts";

/** What the host lends to its services. */
export interface UnitHost {
  readonly events: DevEvents;
  readonly failures: Failures;
  readonly claims: NameClaims;
  /** Where services are served from now on. */
  readonly servingKernel: Kernel;
  readonly drainLimitMs: number;
  readonly startLimitMs: number;
  load(unit: ServiceUnit): Promise<Snapshot>;
  createGuest(unit: ServiceUnit, snapshot: Snapshot): Promise<Guest>;
  /** Takes work that goes on in the background, so that a close waits for it. */
  track(work: Promise<unknown>): void;
  /** The files that a unit is made of may be others now. */
  filesChanged(): void;
}

/** Why a unit is built. */
export interface Cause {
  readonly files: ReadonlySet<string>;
  /** When the first of them changed, on the clock of `performance.now()`. */
  readonly at: number;
  /** Build even if nothing changed. */
  readonly forced: boolean;
}

/** What serves now. */
interface Current {
  readonly guest: Guest;
  readonly served: ServedService;
  readonly kernel: Kernel;
  readonly digest: string;
}

/** What served before, while it finishes its calls. */
interface Draining {
  readonly revision: number;
  readonly served: ServedService;
  readonly code: ReplacedCode;
}

/** A file with a service: keeps what works served, and puts what is new in its place. One build at a time. */
export class ServiceUnit {
  /** What tells it from the others: its file, or for a definition in the config that file and a name. */
  readonly key: string;
  readonly file: string;
  /** The files and missing files of the last build; only they concern this unit. */
  snapshot: Snapshot | undefined;
  revision = 0;
  private readonly host: UnitHost;
  private current: Current | undefined;
  private readonly draining = new Set<Draining>();
  private next: Cause | undefined;
  private building: Promise<void> | undefined;
  private serial: Promise<unknown> = Promise.resolve();
  private removed = false;

  constructor(host: UnitHost, file: string, key: string = file) {
    this.host = host;
    this.file = file;
    this.key = key;
  }

  /** The name that it serves, or served last. */
  get name(): string | undefined {
    return this.current?.guest.definition.name;
  }

  get isServed(): boolean {
    return this.current !== undefined;
  }

  /** As others see it. */
  describe(): DevService {
    const { current } = this;
    const failure = this.host.failures.detailOf(this.key);
    return {
      name: current?.served.name ?? "",
      version: current?.served.record?.version ?? current?.guest.definition.version ?? "1.0.0",
      file: this.file,
      address: current === undefined ? "" : addressOf(current.served),
      revision: this.revision,
      isolated: current?.guest.isolated,
      failure: failure?.message,
      ...(failure !== undefined && { failureDetail: failure }),
      draining: this.drainingNow().map(({ revision, code }) => ({ revision, inFlight: code.calls })),
      methods: current === undefined ? [] : describeMethods(current.guest.definition),
    };
  }

  /** The code that served as that revision, while it finishes its calls. */
  codeOf(revision: number): ReplacedCode | undefined {
    return this.drainingNow().find((one) => one.revision === revision)?.code;
  }

  /** Whether a change of that file concerns it. */
  isMadeOf(file: string): boolean {
    if (this.key !== this.file) return false; // The config and what it imports restart everything.
    return file === this.file || (this.snapshot !== undefined && isPartOf(file, this.snapshot));
  }

  /** Builds and swaps. What is asked for meanwhile is built once, afterwards. Never rejects. */
  update(cause: Cause): Promise<void> {
    this.next = merge(this.next, cause);
    this.building ??= this.exclusive(() => this.buildAll());
    return this.building;
  }

  /** Ends the calls under way with an error: their code was broken off. */
  callOff(error: MicroError): void {
    this.current?.served.callOff(error);
  }

  /** Serves on another kernel, with fresh code, or with the code that it has where that fails. */
  move(kernel: Kernel): Promise<void> {
    return this.exclusive(() => this.moveTo(kernel));
  }

  /** Ends it: its file is gone, or the config names it no more. */
  remove(): Promise<void> {
    this.removed = true;
    return this.exclusive(async () => {
      const { current, host, file, key } = this;
      this.current = undefined;
      host.failures.forget(key);
      host.claims.release(key);
      if (current === undefined) return;
      host.events.emit({ type: "removed", service: current.served.name, file });
      host.track(this.leave(current));
    });
  }

  /** Ends building, and waits for what is under way. */
  async idle(): Promise<void> {
    this.removed = true;
    await this.serial;
  }

  /** Disposes of what is left when the kernel has stopped. */
  async dispose(): Promise<void> {
    this.removed = true;
    await this.serial;
    await this.current?.guest.dispose();
    this.current = undefined;
  }

  // Of code before a rename, or on the kernel before a restart, the revisions are counted apart.
  private drainingNow(): readonly Draining[] {
    return [...this.draining].filter(({ served, code }) => served === this.current?.served && code.calls > 0);
  }

  private exclusive<T>(run: () => Promise<T>): Promise<T> {
    const done = this.serial.then(run);
    this.serial = done.catch(() => {});
    return done;
  }

  private async buildAll(): Promise<void> {
    try {
      for (let cause = this.next; cause !== undefined; cause = this.next) {
        this.next = undefined;
        if (this.removed) return;
        await this.build(cause);
      }
    } finally {
      // In the same step as the last look at what is next: what comes a moment later must not rely on this run.
      this.building = undefined;
    }
  }

  private async build(cause: Cause): Promise<void> {
    const { host } = this;
    const built = await this.prepare(cause);
    if (built === undefined) return;
    const { guest, timing } = built;
    try {
      host.claims.claim(guest.definition.name, this.key);
      await this.put(guest, built.digest, cause, timing);
      this.mend();
    } catch (error) {
      await this.giveUp(guest);
      this.fail("start", error);
    }
  }

  /** Transforms and evaluates; `undefined` when there is nothing to do or it failed, which has been told. */
  private async prepare(cause: Cause) {
    const { host } = this;
    const { late, shape } = this.snapshot ?? {};
    const snapshot = await host.load(this);
    const transformedAt = performance.now();
    this.snapshot = snapshot;
    if (shape !== snapshot.shape) host.filesChanged();
    if (snapshot.failure !== undefined) return void this.fail("build", snapshot.failure);
    // What a computed import loaded is not in the digest.
    const isForced = cause.forced || [...cause.files].some((file) => late?.has(file));
    if (!isForced && this.current?.digest === snapshot.digest) return void this.mend();
    try {
      const guest = await host.createGuest(this, snapshot);
      return { guest, digest: snapshot.digest, timing: { transformedAt } };
    } catch (error) {
      return void this.fail("start", error);
    }
  }

  private async put(guest: Guest, digest: string, cause: Cause, timing: { transformedAt: number }): Promise<void> {
    const { current, host } = this;
    if (current === undefined) {
      this.current = await this.serve(guest, digest, host.servingKernel, cause.at);
    } else if (current.guest.definition.name === guest.definition.name) {
      await this.swap(current, guest, digest, cause, timing);
    } else {
      await this.rename(current, guest, digest, cause);
    }
  }

  private async serve(guest: Guest, digest: string, kernel: Kernel, since: number): Promise<Current> {
    const { host, file } = this;
    const served = await kernel.serve(withStartLimit(guest.definition, host.startLimitMs));
    const version = served.record?.version ?? guest.definition.version ?? "1.0.0";
    host.events.emit({
      type: "started",
      service: served.name,
      version,
      file,
      address: addressOf(served),
      ms: performance.now() - since,
      isolated: guest.isolated !== undefined,
    });
    return { guest, served, kernel, digest };
  }

  private async swap(
    current: Current,
    guest: Guest,
    digest: string,
    cause: Cause,
    { transformedAt }: { transformedAt: number },
  ): Promise<void> {
    const { host } = this;
    const { served } = current;
    await this.handOver(current.guest, guest);
    let startedAt = 0;
    const definition: ServiceDefinition = {
      ...guest.definition,
      start: async (context: StartContext) => {
        await guest.definition.start?.(context);
        startedAt = performance.now();
      },
    };
    const { startLimitMs, drainLimitMs } = host;
    const done = await served.swap(definition, { startLimitMs, drainLimitMs });
    this.current = { ...current, guest, digest };
    this.keepWhileDraining({ revision: this.revision, served, code: done.replaced }, done.drained);
    const revision = ++this.revision;
    host.events.emit({
      type: "swapped",
      service: served.name,
      revision,
      files: [...cause.files],
      transformMs: transformedAt - cause.at,
      startMs: startedAt - transformedAt,
      swapMs: done.at - startedAt,
      totalMs: done.at - cause.at,
      inFlight: done.inFlight,
      announced: done.announced,
    });
    host.track(this.drained(current.guest, served.name, revision, done.drained, done.at));
  }

  // By itself: closures of one function share what they hold, and `start` of the new code would hold the old for ever.
  private keepWhileDraining(replaced: Draining, drained: Promise<unknown>): void {
    this.draining.add(replaced);
    void drained.then(() => this.draining.delete(replaced));
  }

  /** State passes by reference. What fails here is told, and the new code starts without. */
  private async handOver(old: Guest, next: Guest): Promise<void> {
    const { handover } = old.hot ?? {};
    const { accept } = next.hot ?? {};
    if (handover === undefined || accept === undefined) return;
    try {
      const data = await within(handoverLimitMs, "hot.handover()", Promise.resolve(handover.call(old.hot)));
      await within(handoverLimitMs, "hot.accept()", Promise.resolve(accept.call(next.hot, data)));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.warn(`the new code starts without the state of the old: ${reason}`);
    }
  }

  private async drained(
    old: Guest,
    service: string,
    revision: number,
    drained: Promise<number>,
    since: number,
  ): Promise<void> {
    const dropped = await drained;
    const leaks = await this.disposeOf(old);
    this.host.events.emit({ type: "drained", service, revision, dropped, ms: performance.now() - since, leaks });
  }

  /** Another name in the same file: the new one is there before the old one goes, where each has its own port. */
  private async rename(current: Current, guest: Guest, digest: string, cause: Cause): Promise<void> {
    const { host, file } = this;
    const giveUpFirst = hasFixedPlace(current.kernel);
    if (giveUpFirst) await this.giveWay(current);
    this.current = await this.serve(guest, digest, host.servingKernel, cause.at);
    this.revision = 0;
    host.events.emit({ type: "removed", service: current.served.name, file });
    if (!giveUpFirst) host.track(this.leave(current));
  }

  private async moveTo(kernel: Kernel): Promise<void> {
    const { current, host } = this;
    if (this.removed) return;
    const since = performance.now();
    const built = await this.prepare({ files: new Set(), at: since, forced: true });
    if (current !== undefined && hasFixedPlace(kernel)) await this.giveWay(current);
    if (built !== undefined) {
      try {
        host.claims.claim(built.guest.definition.name, this.key);
        this.current = await this.serve(built.guest, built.digest, kernel, since);
        this.mend();
        return;
      } catch (error) {
        await this.giveUp(built.guest);
        this.fail("start", error);
      }
    }
    if (current === undefined) return;
    try {
      this.current = await this.serve(current.guest, current.digest, kernel, since);
    } catch (error) {
      this.current = undefined;
      this.fail("start", error);
    }
  }

  /** Waits until the port, and the id in the registry, are free. Calls on the old code go on. */
  private async giveWay(current: Current): Promise<void> {
    const leaving = this.leave(current);
    this.host.track(leaving);
    let left = false;
    void leaving.finally(() => {
      left = true;
    });
    while (!left && !current.served.isRefusing) await setTimeout(1);
    await setImmediate();
  }

  private async leave({ kernel, served, guest }: Current): Promise<void> {
    await kernel.unserve(served);
    if (this.current?.guest !== guest) await this.disposeOf(guest);
  }

  /** Of code that never served. */
  private async giveUp(guest: Guest): Promise<void> {
    const { claims } = this.host;
    claims.release(this.key);
    if (this.current !== undefined) claims.claim(this.current.guest.definition.name, this.key);
    await this.disposeOf(guest);
  }

  private async disposeOf(guest: Guest) {
    try {
      return await guest.dispose();
    } catch (error) {
      this.warn(`ending old code failed: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  }

  private fail(phase: FailurePhase, error: unknown): void {
    this.host.failures.fail(phase, { service: this.name, file: this.file, key: this.key }, error);
  }

  private mend(): void {
    this.host.failures.mend({ service: this.name, file: this.file, key: this.key });
  }

  private warn(text: string): void {
    this.host.events.emit({ type: "log", level: "warn", service: this.name ?? this.file, text });
  }
}

const handoverLimitMs = 5000;

function merge(first: Cause | undefined, second: Cause): Cause {
  if (first === undefined) return second;
  const files = new Set([...first.files, ...second.files]);
  return { files, at: Math.min(first.at, second.at), forced: first.forced || second.forced };
}

function addressOf(served: ServedService): string {
  return served.record?.nodes[0]?.address ?? served.address;
}

function withStartLimit(definition: ServiceDefinition, limitMs: number): ServiceDefinition {
  const { start } = definition;
  if (start === undefined) return definition;
  return {
    ...definition,
    start: (context) =>
      within(limitMs, `the start of "${definition.name}"`, Promise.resolve(start.call(definition, context))),
  };
}

/** Whether two of a service cannot be served side by side: they would have the same port, or the same id. */
function hasFixedPlace({ settings }: Kernel): boolean {
  const [, port = "0"] = /:(\d+)(?:-\d+)?$/.exec(String(settings.get("server_address"))) ?? [];
  return Number(port) !== 0 || settings.get("server_id") !== "";
}
