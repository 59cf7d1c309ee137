import { KeptLogs } from "./kept-logs.ts";

/** A place in a source file, as the user wrote it. */
export interface Frame {
  /** Absolute. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** The lines around it with a mark under the place, as text. */
  readonly excerpt: string;
}

/** Something that a dropped version of a service left behind, and where it was made. */
export interface Leak {
  readonly what: "interval" | "listener" | "server";
  /** `services/greeter.ts:12` */
  readonly where: string;
}

/** One mistake that the type check found. */
export interface TypeProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `TS2322` */
  readonly code: string;
  readonly message: string;
}

/** Which step failed: the transform of a file, the evaluation or start of a service, the config, or running code. */
export type FailurePhase = "build" | "start" | "config" | "run";

/** What `micro dev` tells of. Times are milliseconds. */
export type DevEvent =
  /** A service is served for the first time. */
  | {
      readonly type: "started";
      readonly service: string;
      readonly version: string;
      readonly file: string;
      readonly address: string;
      readonly ms: number;
      readonly isolated: boolean;
    }
  /** New code answers. */
  | {
      readonly type: "swapped";
      readonly service: string;
      /** How often it was swapped, from 1. */
      readonly revision: number;
      /** The changed files that led to it. */
      readonly files: readonly string[];
      /** From the first change on disk to the transformed code. */
      readonly transformMs: number;
      /** Evaluation and `start` of the new code. */
      readonly startMs: number;
      /** The swap itself. */
      readonly swapMs: number;
      /** From the first change on disk until new code answers. */
      readonly totalMs: number;
      /** Calls that finish on the old code. */
      readonly inFlight: number;
      readonly announced: boolean;
    }
  /** The old code was left. */
  | {
      readonly type: "drained";
      readonly service: string;
      readonly revision: number;
      /** Calls that were called off at the limit. */
      readonly dropped: number;
      readonly ms: number;
      readonly leaks: readonly Leak[];
    }
  /** A service is not served any more: its file was deleted or renamed, or the config names it no more. */
  | { readonly type: "removed"; readonly service: string; readonly file: string }
  /** Something does not work; what worked before serves on. */
  | {
      readonly type: "failed";
      readonly phase: FailurePhase;
      readonly service: string | undefined;
      readonly file: string | undefined;
      readonly message: string;
      readonly frame: Frame | undefined;
      /** Source-mapped. */
      readonly stack: string | undefined;
    }
  /** What failed in a file works again. */
  | { readonly type: "recovered"; readonly service: string | undefined; readonly file: string }
  /** Another kernel took over, because of the config, `.env`, a lockfile or a plugin. */
  | { readonly type: "restarted"; readonly reason: string; readonly ms: number }
  /** A service kept the event loop from turning; it was interrupted and runs in a worker from now on. */
  | {
      readonly type: "blocked";
      readonly service: string | undefined;
      readonly file: string | undefined;
      readonly line: number | undefined;
      readonly forMs: number;
    }
  /** A worker of an isolated service died and another took its place. */
  | { readonly type: "replaced"; readonly service: string; readonly reason: string; readonly ms: number }
  /** The outcome of a type check in the background. */
  | { readonly type: "types"; readonly problems: readonly TypeProblem[]; readonly ms: number }
  /** What a service logged. */
  | {
      readonly type: "log";
      readonly level: "debug" | "info" | "warn" | "error";
      readonly service: string;
      readonly text: string;
    }
  /** Everything is served; `page` is the address of the page with its token, where there is one. */
  | { readonly type: "ready"; readonly ms: number; readonly page: string | undefined };

/** An event with its number, which grows by one, and the time on the clock of `Date.now()`. */
export type NumberedEvent = DevEvent & { readonly number: number; readonly at: number };

/** What a service logged, as it is kept. */
export type LogEvent = Extract<NumberedEvent, { readonly type: "log" }>;

/** Tells listeners of events and keeps the last ones for who comes later. */
export class DevEvents {
  private readonly listeners = new Set<(event: NumberedEvent) => void>();
  private readonly kept: NumberedEvent[] = [];
  private keptLogs = 0;
  /** What services logged last, beyond the last 500 events: 200 entries of each, with texts cut at 4096 characters. */
  readonly logs: KeptLogs = new KeptLogs();
  private last = 0;

  /** The last 500 events, oldest first; of what services logged fewer, where there is much else. */
  get recent(): readonly NumberedEvent[] {
    return this.kept;
  }

  emit(event: DevEvent): void {
    const numbered = { ...event, number: ++this.last, at: Date.now() };
    this.kept.push(numbered);
    if (numbered.type === "log") {
      this.keptLogs++;
      this.logs.add(numbered);
    }
    if (this.kept.length > maxKept) this.dropOldest();
    for (const listener of this.listeners) listener(numbered);
  }

  // A service that logs a lot does not push out what failed or was swapped before.
  private dropOldest(): void {
    const at = this.keptLogs > maxKeptLogs ? this.kept.findIndex(({ type }) => type === "log") : 0;
    const [dropped] = this.kept.splice(at, 1);
    if (dropped?.type === "log") this.keptLogs--;
  }

  /** @returns what ends it */
  on(listener: (event: NumberedEvent) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}

const maxKept = 500;
const maxKeptLogs = 250;
