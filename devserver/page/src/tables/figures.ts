import type { EdgeView } from "../../../src/hub/protocol.ts";
import type { WindowFigures, WindowName } from "../../../src/observe/edge.ts";
import { noFigures } from "../graph/link-figures.ts";

/** What comes to each service over all edges that lead to it, by its name. Messages count where they are delivered. */
export function incomingOf(edges: Iterable<EdgeView>, window: WindowName): ReadonlyMap<string, WindowFigures> {
  const sums = new Map<string, WindowFigures>();
  for (const { kind, callee, windows } of edges) {
    if (kind !== "publish") sums.set(callee, added(sums.get(callee) ?? noFigures, windows[window]));
  }
  return sums;
}

// Percentiles do not add up: the middle is weighed by the calls, and the slow end is that of the slowest method.
function added(sum: WindowFigures, more: WindowFigures): WindowFigures {
  const rate = sum.rate + more.rate;
  return {
    rate,
    errorRate: sum.errorRate + more.errorRate,
    p50Ms: rate === 0 ? 0 : (sum.p50Ms * sum.rate + more.p50Ms * more.rate) / rate,
    p95Ms: Math.max(sum.p95Ms, more.p95Ms),
  };
}
