import type { Metadata } from "@micro/kernel";
import type { CallLog } from "./call-log.ts";
import type { CallHead } from "./captured-call.ts";
import type { Edge } from "./edge.ts";
import { type Faults, stackText } from "./faults.ts";
import type { Spans } from "./trace.ts";
import type { Traffic } from "./traffic.ts";
import { WatchedCall } from "./watched-call.ts";

/** Where what is seen is put down. */
export interface Watching {
  readonly traffic: Traffic;
  readonly calls: CallLog;
  readonly spans: Spans;
  readonly faults: Faults;
  /** The clock, in milliseconds. */
  readonly now: () => number;
}

/**
 * Begins to watch a call.
 *
 * @param stackOf where the handler threw what the call failed with; by default the error is what it threw
 */
export function beginCall(
  { calls, now }: Watching,
  edge: Edge,
  head: CallHead,
  metadata: Metadata,
  request: unknown,
  stackOf: (error: unknown) => string | undefined = stackText,
): WatchedCall {
  const start = now();
  return new WatchedCall(edge, calls.begin(head, start, metadata, request), { log: calls, now, start, stackOf });
}
