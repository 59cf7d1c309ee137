import type { CallSummary } from "../../../src/hub/protocol.ts";

/** A call of a trace, with its place in the picture. */
export interface WaterfallRow {
  readonly call: CallSummary;
  /** How many calls it stands within. */
  readonly depth: number;
  /** Where its bar begins and how long it is, as shares of the whole trace. */
  readonly start: number;
  readonly share: number;
}

/** A trace as it is drawn. */
export interface Waterfall {
  readonly rows: readonly WaterfallRow[];
  /** From the first beginning to the last end. */
  readonly totalMs: number;
  /** Calls that there was no room for. */
  readonly omitted: number;
}

const maxRows = 200;

/**
 * The calls of a trace, each after the one that it was made for and within it in the order in which they began. What was
 * made for a call that is not known stands at the outside; a circle, which only a liar makes, is cut.
 */
export function waterfallOf(calls: readonly CallSummary[]): Waterfall {
  const byId = new Map(calls.map((call) => [call.id, call]));
  const children = new Map<string | undefined, CallSummary[]>();
  for (const call of [...byId.values()].sort(byStart)) {
    const parent = call.parent !== undefined && byId.has(call.parent) ? call.parent : undefined;
    children.set(parent, [...(children.get(parent) ?? []), call]);
  }
  const ordered: { readonly call: CallSummary; readonly depth: number }[] = [];
  const seen = new Set<string>();
  const visit = (call: CallSummary, depth: number): void => {
    if (seen.has(call.id)) return;
    seen.add(call.id);
    ordered.push({ call, depth });
    for (const child of children.get(call.id) ?? []) visit(child, depth + 1);
  };
  for (const root of children.get(undefined) ?? []) visit(root, 0);
  for (const call of byId.values()) visit(call, 0);
  return placed(ordered);
}

function placed(ordered: readonly { readonly call: CallSummary; readonly depth: number }[]): Waterfall {
  const begin = Math.min(...ordered.map(({ call }) => call.startedAt));
  const end = Math.max(...ordered.map(({ call }) => call.startedAt + call.ms));
  const totalMs = ordered.length === 0 ? 0 : end - begin;
  const rows = ordered.slice(0, maxRows).map(({ call, depth }) => ({
    call,
    depth,
    start: totalMs === 0 ? 0 : (call.startedAt - begin) / totalMs,
    share: totalMs === 0 ? 1 : call.ms / totalMs,
  }));
  return { rows, totalMs, omitted: ordered.length - rows.length };
}

function byStart(one: CallSummary, other: CallSummary): number {
  return one.startedAt - other.startedAt || other.ms - one.ms || one.number - other.number;
}
