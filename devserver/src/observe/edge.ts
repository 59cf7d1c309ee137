import { bucketOf, percentile } from "./latency.ts";
import { type Counts, noCounts, TimeRing } from "./time-ring.ts";

/** What goes along an edge: calls, messages to a topic, or messages from a topic. */
export type EdgeKind = "call" | "publish" | "deliver";

/** The ends of an edge. */
export interface EdgeKey {
  readonly kind: EdgeKind;
  /** A service, `outside`, or for `deliver` the topic. */
  readonly caller: string;
  /** A service, or for `publish` the topic. */
  readonly callee: string;
  /** `Say.Hello`; empty for messages. */
  readonly method: string;
}

/** What happened on an edge in one window of time. */
export interface WindowFigures {
  /** Calls or messages a second. */
  readonly rate: number;
  /** Those that failed, a second. */
  readonly errorRate: number;
  /** Half of the calls took no longer, in milliseconds, to about a fifth. */
  readonly p50Ms: number;
  /** Of twenty calls nineteen took no longer. */
  readonly p95Ms: number;
}

/** The windows that are told of, and their lengths in milliseconds. */
export const windows = { "10s": 10_000, "1m": 60_000, "5m": 300_000 } as const;

/** The name of a window. */
export type WindowName = keyof typeof windows;

/** What is counted between two ends. It takes about 8 KiB, whatever goes along it. */
export class Edge implements EdgeKey {
  /** Unique as long as the observer lives; never used again. */
  readonly id: number;
  readonly kind: EdgeKind;
  readonly caller: string;
  readonly callee: string;
  readonly method: string;
  /** Calls that ended, since the edge is known. */
  calls = 0;
  errors = 0;
  /** Items of streams, both ways. */
  items = 0;
  /** When something last happened, on the observer's clock. */
  lastAt: number;
  /** Dropped to make room: whoever kept it asks for another one. */
  dropped = false;
  // The last ten seconds by the second; the last five minutes by ten seconds.
  private readonly fine = new TimeRing(1000, 10);
  private readonly coarse = new TimeRing(10_000, 30);

  constructor(id: number, { kind, caller, callee, method }: EdgeKey, now: number) {
    this.id = id;
    this.kind = kind;
    this.caller = caller;
    this.callee = callee;
    this.method = method;
    this.lastAt = now;
  }

  /** Counts a call that ended now. */
  ended(now: number, ms: number, failed: boolean): void {
    const bucket = bucketOf(ms);
    this.lastAt = now;
    this.calls++;
    if (failed) this.errors++;
    this.fine.add(now, failed, 0, bucket);
    this.coarse.add(now, failed, 0, bucket);
  }

  /** Counts one item of a stream. */
  item(now: number): void {
    this.lastAt = now;
    this.items++;
    this.fine.addItems(now, 1);
    this.coarse.addItems(now, 1);
  }

  /** The figures of a window that ends now. */
  figures(now: number, window: WindowName): WindowFigures {
    const counts = noCounts();
    const spanMs = windows[window];
    const coveredMs = this.counts(now, spanMs, counts);
    // A window that has just begun would make one call look like many.
    const seconds = Math.max(coveredMs, spanMs / 2) / 1000;
    return {
      rate: round(counts.count / seconds),
      errorRate: round(counts.errors / seconds),
      p50Ms: round(percentile(counts.buckets, 0.5)),
      p95Ms: round(percentile(counts.buckets, 0.95)),
    };
  }

  /** Adds what was counted in the last `spanMs` to `counts`, and returns how much time that is. */
  counts(now: number, spanMs: number, counts: Counts): number {
    return (spanMs <= 10_000 ? this.fine : this.coarse).sum(now, spanMs, counts);
  }
}

// Three digits: more would only make every message longer and none of them truer.
function round(value: number): number {
  return value === 0 ? 0 : Number(value.toPrecision(3));
}
