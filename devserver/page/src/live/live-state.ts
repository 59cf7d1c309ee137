import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { DevService } from "../../../src/dev-host.ts";
import type { NumberedEvent } from "../../../src/events.ts";
import type {
  CallSummary,
  DeltaFrame,
  EdgeView,
  HubStatus,
  ServiceView,
  SnapshotFrame,
} from "../../../src/hub/protocol.ts";

const maxEvents = 1000;
const maxCalls = 1000;

/**
 * What the live stream has told, as signals. Maps and lists are replaced and never changed, so that what reads them can
 * compare by identity; entries that did not change stay the same objects.
 */
export class LiveState {
  /** By name: what the registry knows. */
  readonly services: Signal<ReadonlyMap<string, ServiceView>> = signal(new Map());
  /** By id: who called whom. */
  readonly edges: Signal<ReadonlyMap<number, EdgeView>> = signal(new Map());
  /** What this process runs. */
  readonly project: Signal<readonly DevService[]> = signal([]);
  /** Oldest first, the last 1000. */
  readonly events: Signal<readonly NumberedEvent[]> = signal([]);
  /** Captured calls that ended, oldest first, the last 1000. */
  readonly calls: Signal<readonly CallSummary[]> = signal([]);
  readonly status: Signal<HubStatus | undefined> = signal(undefined);
  /** Whether a snapshot has come. */
  readonly isFilled: Signal<boolean> = signal(false);
  /** How far the server's clock is ahead of ours, in milliseconds. */
  readonly aheadMs: Signal<number> = signal(0);
  /** The service of this process that has a name. */
  readonly own: ReadonlySignal<ReadonlyMap<string, DevService>> = computed(
    () => new Map(this.project.value.map((service) => [service.name, service])),
  );
  private lastSeq = 0;

  /**
   * Takes a frame.
   *
   * @returns false when one is missing before it: ask for a resync
   */
  take(frame: SnapshotFrame | DeltaFrame): boolean {
    const isNext = frame.type === "snapshot" || frame.seq === this.lastSeq + 1;
    this.lastSeq = frame.seq;
    this.aheadMs.value = frame.at - Date.now();
    const fresh = frame.type === "snapshot";
    this.services.value = changed(fresh, this.services.value, "name", frame.services, frame.removedServices);
    this.takeEdges(fresh, frame);
    this.events.value = appended(fresh ? [] : this.events.value, frame.events, maxEvents);
    this.calls.value = appended(fresh ? [] : this.calls.value, frame.calls, maxCalls);
    if (frame.project !== undefined) this.project.value = frame.project;
    else if (fresh) this.project.value = [];
    if (frame.status !== undefined) this.status.value = frame.status;
    if (!frame.more) this.isFilled.value = true;
    return isNext;
  }

  private takeEdges(fresh: boolean, { edges, figures = [], removedEdges }: SnapshotFrame | DeltaFrame): void {
    const known = changed(fresh, this.edges.value, "id", edges, removedEdges);
    if (figures.length === 0) {
      this.edges.value = known;
      return;
    }
    const next = new Map(known);
    for (const one of figures) {
      const edge = next.get(one.id);
      if (edge !== undefined) next.set(one.id, { ...edge, ...one });
    }
    this.edges.value = next;
  }
}

function changed<Key, Entry>(
  fresh: boolean,
  known: ReadonlyMap<Key, Entry>,
  keyName: keyof Entry,
  entries: readonly Entry[] = [],
  removed: readonly Key[] = [],
): ReadonlyMap<Key, Entry> {
  if (!fresh && entries.length + removed.length === 0) return known;
  const next = new Map(fresh ? [] : known);
  for (const entry of entries) next.set(entry[keyName] as Key, entry);
  for (const key of removed) next.delete(key);
  return next;
}

function appended<Entry>(known: readonly Entry[], more: readonly Entry[] = [], most: number): readonly Entry[] {
  return more.length === 0 ? known : [...known, ...more].slice(-most);
}
