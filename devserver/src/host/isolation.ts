import { relative } from "node:path";
import { MicroError } from "@micro/kernel";
import type { DevEvents } from "../events.ts";
import { type Place, placeIn } from "../graph/stack-traces.ts";
import { runApart } from "../isolate/run-apart.ts";
import { StartGuard } from "../isolate/start-guard.ts";
import { type Interruption, startWatchdog } from "../isolate/watchdog.ts";
import { WorkerGuests } from "../isolate/worker-guests.ts";
import type { Guest, GuestFactory, GuestSource } from "./guest.ts";
import type { ServiceUnit } from "./service-unit.ts";

/** What isolation takes from a host. */
export interface IsolationHost {
  readonly root: string;
  readonly events: DevEvents;
  readonly units: Iterable<ServiceUnit>;
  /** Moves a service to a worker. */
  isolate(file: string, reason: string): Promise<void>;
  track(work: Promise<unknown>): void;
}

/** Keeps services from getting in each other's way: some run in workers, and none may block this thread. */
export class Isolation {
  private readonly host: IsolationHost;
  private readonly workers: WorkerGuests;
  private readonly create: GuestFactory;
  private readonly guards = new Map<ServiceUnit, StartGuard>();
  private stopWatchdog: (() => Promise<void>) | undefined;

  /** @param create makes guests in place of the workers of this process */
  constructor(host: IsolationHost, create?: GuestFactory) {
    this.host = host;
    this.workers = new WorkerGuests({ events: host.events });
    this.create = create ?? ((source) => this.workers.create(source));
  }

  watch(): void {
    this.stopWatchdog = startWatchdog({ onInterrupt: (interruption) => this.interrupted(interruption) });
  }

  /** Makes a guest in a worker. */
  inWorker(source: GuestSource): Promise<Guest> {
    return this.create(source);
  }

  /** Makes a guest in this thread; what blocks it is broken off. */
  async here(unit: ServiceUnit, make: () => Promise<Guest>): Promise<Guest> {
    const guard = new StartGuard();
    this.guards.set(unit, guard);
    const guest = await guard.run(make);
    const { start, ...rest } = runApart(guest.definition);
    if (start === undefined) return { ...guest, definition: rest };
    return {
      ...guest,
      definition: { ...rest, start: (context) => guard.run(() => start.call(guest.definition, context)) },
    };
  }

  async close(): Promise<void> {
    await Promise.all([this.stopWatchdog?.(), this.workers.close()]);
  }

  private interrupted({ places, forMs }: Interruption): void {
    const { host } = this;
    const own = places.flatMap(({ script, line, column }) => placeIn(script, line, column) ?? []);
    const unit = this.unitOf(own);
    const [place] = own;
    host.events.emit({ type: "blocked", service: unit?.name, file: place?.file, line: place?.line, forMs });
    if (unit === undefined) return;
    const error = this.describe(unit, place, forMs);
    // New code that blocks while it begins is given up, and the old code serves on.
    if (this.guards.get(unit)?.interrupt(error) === true) return;
    unit.callOff(error);
    if (unit.key === unit.file) host.track(host.isolate(unit.file, "it blocked the event loop"));
  }

  /** The innermost file that one service alone has says whose it is; a shared one is that of any of them. */
  private unitOf(places: readonly Place[]): ServiceUnit | undefined {
    const units = [...this.host.units];
    const havers = places.map(({ file }) => units.filter((unit) => unit.snapshot?.modules.has(file) === true));
    return havers.find(({ length }) => length === 1)?.[0] ?? havers.find(({ length }) => length > 0)?.[0];
  }

  private describe(unit: ServiceUnit, place: Place | undefined, forMs: number): MicroError {
    const where = place === undefined ? "" : ` in ${relative(this.host.root, place.file)}:${place.line}`;
    const detail = `the code kept the event loop from turning for ${forMs} ms${where} and was broken off`;
    const error = new MicroError(unit.name ?? relative(this.host.root, unit.file), 500, detail, { reason: "blocked" });
    if (place !== undefined) error.stack = `Error: ${detail}\n    at ${place.file}:${place.line}:${place.column}`;
    return error;
  }
}
