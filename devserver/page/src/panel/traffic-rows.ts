import type { EdgeView } from "../../../src/hub/protocol.ts";
import type { WindowFigures, WindowName } from "../../../src/observe/edge.ts";

/** Traffic of a service along one edge. */
export interface TrafficRow {
  readonly id: number;
  readonly isIn: boolean;
  readonly kind: EdgeView["kind"];
  /** Who calls, or who is called; for messages the topic. */
  readonly peer: string;
  readonly method: string;
  readonly figures: WindowFigures;
  readonly calls: number;
  readonly errors: number;
}

const maxRows = 200;

/** What comes into a service and goes out of it, the busiest first. */
export function trafficOf(service: string, edges: Iterable<EdgeView>, window: WindowName): readonly TrafficRow[] {
  const rows: TrafficRow[] = [];
  for (const { id, kind, caller, callee, method, windows, calls, errors } of edges) {
    const figures = windows[window];
    if (callee === service) rows.push({ id, isIn: true, kind, peer: caller, method, figures, calls, errors });
    if (caller === service) rows.push({ id, isIn: false, kind, peer: callee, method, figures, calls, errors });
  }
  return rows.sort((one, other) => other.figures.rate - one.figures.rate || other.calls - one.calls).slice(0, maxRows);
}
