import { type Signal, signal } from "@preact/signals";
import type { HistoryFrame } from "../../../src/hub/protocol.ts";
import type { PastEdge } from "../../../src/observe/history.ts";

/** How long a moment is, in milliseconds. */
export const momentMs = 10_000;

/** How far back the server remembers, in milliseconds. */
export const pastMs = 600_000;

/** Ten seconds of the past. */
export interface Moment {
  /** When they ended, on the server's clock. */
  readonly at: number;
  /** By id. */
  readonly edges: ReadonlyMap<number, PastEdge>;
  /** How many instances each service had. */
  readonly services: ReadonlyMap<string, number>;
  /** Calls and messages that ended, and those of them that failed. */
  readonly calls: number;
  readonly errors: number;
}

interface Source {
  history(since?: number): Promise<readonly HistoryFrame[]>;
}

/** The last ten minutes, as far as they were asked for. */
export class Past {
  /** Oldest first. */
  readonly moments: Signal<readonly Moment[]> = signal([]);
  private readonly source: Source;
  private loading: Promise<void> | undefined;

  constructor(source: Source) {
    this.source = source;
  }

  /** Asks for what is new. When it cannot be had, what there is stays. */
  load(): Promise<void> {
    this.loading ??= this.ask().finally(() => {
      this.loading = undefined;
    });
    return this.loading;
  }

  private async ask(): Promise<void> {
    const known = this.moments.value;
    const last = known.at(-1);
    try {
      const frames = await this.source.history(last?.at);
      const fresh = momentsOf(frames, last).filter(({ at }) => last === undefined || at > last.at);
      if (fresh.length > 0) this.moments.value = [...known, ...fresh].slice(-pastMs / momentMs);
    } catch {
      // Whether the server answers is told by the connection.
    }
  }
}

/** Puts the frames of an answer together. */
export function momentsOf(frames: readonly HistoryFrame[], before?: Moment): Moment[] {
  const moments: Moment[] = [];
  for (const at of new Set(frames.map((frame) => frame.at))) {
    const parts = frames.filter((frame) => frame.at === at);
    const edges = new Map<number, PastEdge>();
    let calls = 0;
    let errors = 0;
    for (const edge of parts.flatMap((part) => part.edges ?? [])) {
      edges.set(edge.id, edge);
      calls += edge.calls;
      errors += edge.errors;
    }
    // Services are left out where they are the same as before.
    const isTold = parts.some(({ services }) => services !== undefined);
    const unchanged = (moments.at(-1) ?? before)?.services ?? new Map<string, number>();
    const services = isTold ? new Map(parts.flatMap((part) => part.services ?? [])) : unchanged;
    moments.push({ at, edges, services, calls, errors });
  }
  return moments;
}

/** The moment that a time lies in; `undefined` when it is not remembered, or has not ended. */
export function momentAt(moments: readonly Moment[], time: number): Moment | undefined {
  return moments.find(({ at }) => at >= time && at - momentMs < time);
}
