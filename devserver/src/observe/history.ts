import type { EdgeKey } from "./edge.ts";
import type { Fleet } from "./fleet.ts";
import { percentile } from "./latency.ts";
import { noCounts } from "./time-ring.ts";
import type { Traffic } from "./traffic.ts";

/** What an edge carried in ten seconds of the past. */
export interface PastEdge extends EdgeKey {
  readonly id: number;
  readonly calls: number;
  readonly errors: number;
  readonly items: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** Ten seconds of the past. */
export interface PastFrame {
  /** When they ended, on the clock of `Date.now()`. */
  readonly at: number;
  /** The edges that something happened on. */
  readonly edges: readonly PastEdge[];
  /** The services that were known, with the number of their instances. */
  readonly services: readonly (readonly [name: string, instances: number])[];
}

/** How long a frame is, in milliseconds. */
export const frameMs = 10_000;

/** The last ten minutes, in frames of ten seconds. */
export class History {
  private readonly kept: PastFrame[] = [];
  private readonly maxFrames: number;
  private readonly traffic: Traffic;
  private readonly fleet: Fleet;
  private fleetVersion = -1;
  private services: PastFrame["services"] = [];

  constructor(traffic: Traffic, fleet: Fleet, maxFrames: number) {
    this.traffic = traffic;
    this.fleet = fleet;
    this.maxFrames = maxFrames;
  }

  /** Oldest first. */
  get frames(): readonly PastFrame[] {
    return this.kept;
  }

  /** Puts the last ten seconds down. */
  add(now: number, at: number): void {
    this.kept.push({ at, edges: [...this.edgesAt(now)], services: this.servicesNow() });
    if (this.kept.length > this.maxFrames) this.kept.shift();
  }

  private *edgesAt(now: number): Generator<PastEdge> {
    for (const edge of this.traffic.values()) {
      if (now - edge.lastAt > frameMs) continue;
      const counts = noCounts();
      edge.counts(now, frameMs, counts);
      if (counts.count + counts.items === 0) continue;
      const { id, kind, caller, callee, method } = edge;
      yield {
        ...{ id, kind, caller, callee, method },
        ...{ calls: counts.count, errors: counts.errors, items: counts.items },
        p50Ms: percentile(counts.buckets, 0.5),
        p95Ms: percentile(counts.buckets, 0.95),
      };
    }
  }

  // Frames share the list for as long as nothing changed: a large fleet would else be kept sixty times.
  private servicesNow(): PastFrame["services"] {
    if (this.fleetVersion !== this.fleet.version) {
      this.fleetVersion = this.fleet.version;
      this.services = [...this.fleet.counts()];
    }
    return this.services;
  }
}
