import type { EdgeView } from "../../../src/hub/protocol.ts";
import type { WindowFigures, WindowName } from "../../../src/observe/edge.ts";

/** What comes to a service over all edges that lead to it. */
export interface Incoming extends WindowFigures {
  /** Calls and messages since it is known. */
  readonly calls: number;
  readonly errors: number;
}

/** Nothing comes. */
export const nothing: Incoming = { rate: 0, errorRate: 0, p50Ms: 0, p95Ms: 0, calls: 0, errors: 0 };

/** What comes to each service, by its name. Messages count where they are delivered. */
export function incomingOf(edges: Iterable<EdgeView>, window: WindowName): ReadonlyMap<string, Incoming> {
  const sums = new Map<string, Incoming>();
  for (const edge of edges) {
    if (edge.kind === "publish") continue;
    sums.set(edge.callee, added(sums.get(edge.callee) ?? nothing, edge, edge.windows[window]));
  }
  return sums;
}

// Percentiles do not add up: the middle is weighed by the calls, and the slow end is that of the slowest method.
function added(sum: Incoming, { calls, errors }: EdgeView, more: WindowFigures): Incoming {
  const rate = sum.rate + more.rate;
  return {
    rate,
    errorRate: sum.errorRate + more.errorRate,
    p50Ms: rate === 0 ? 0 : (sum.p50Ms * sum.rate + more.p50Ms * more.rate) / rate,
    p95Ms: Math.max(sum.p95Ms, more.p95Ms),
    calls: sum.calls + calls,
    errors: sum.errors + errors,
  };
}
