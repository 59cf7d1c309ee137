import { type Moment, momentMs, pastMs } from "./past.ts";

/** The span of time that is shown. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The last ten minutes before a time. */
export function spanBefore(now: number): Span {
  return { from: now - pastMs, to: now };
}

/** Where a time lies in a span, from 0 to 1. */
export function shareOf(at: number, { from, to }: Span): number {
  return Math.min(1, Math.max(0, (at - from) / (to - from)));
}

/** The end of the ten seconds that a share of the span lies in, or `undefined` for now. */
export function timeAt(share: number, { from, to }: Span, moments: readonly Moment[]): number | undefined {
  const time = from + share * (to - from);
  const last = moments.at(-1);
  const first = moments[0];
  if (last === undefined || first === undefined || time > last.at) return undefined;
  return (moments.find(({ at }) => at >= time) ?? first).at;
}

/**
 * The moment that a key leads to from the one that is shown, in tens of seconds; beyond the last one is now.
 *
 * @param by how many moments to go on; less than 0 goes back
 */
export function stepFrom(at: number | undefined, by: number, moments: readonly Moment[]): number | undefined {
  const here = at === undefined ? moments.length : indexOf(moments, at);
  const next = Math.max(0, here + by);
  return moments[next]?.at;
}

/** Which moment a time lies in, or how many there are. */
export function indexOf(moments: readonly Moment[], at: number): number {
  const found = moments.findIndex((moment) => moment.at >= at);
  return found < 0 ? moments.length : found;
}

/**
 * The outline of an area, in a box that is 1000 wide and `height` high, with the time to the right.
 *
 * @param most the value that reaches the top
 */
export function areaPath(
  moments: readonly Moment[],
  heightOf: (moment: Moment) => number,
  span: Span,
  most: number,
  height: number,
): string {
  const parts: string[] = [];
  for (const run of runs(moments)) {
    const first = run[0] as Moment;
    const last = run.at(-1) as Moment;
    const x = (at: number): string => (shareOf(at, span) * 1000).toFixed(1);
    const y = (moment: Moment): string => (height - (heightOf(moment) / most) * height).toFixed(1);
    const top = run.map((moment) => `L${x(moment.at - momentMs / 2)} ${y(moment)}`).join("");
    const begin = `M${x(first.at - momentMs)} ${height}L${x(first.at - momentMs)} ${y(first)}`;
    parts.push(`${begin}${top}L${x(last.at)} ${y(last)}L${x(last.at)} ${height}Z`);
  }
  return parts.join("");
}

// A gap, such as while the machine slept, is no time without calls.
function runs(moments: readonly Moment[]): Moment[][] {
  const all: Moment[][] = [];
  for (const moment of moments) {
    const before = all.at(-1)?.at(-1);
    if (before !== undefined && moment.at - before.at < 2.5 * momentMs) all.at(-1)?.push(moment);
    else all.push([moment]);
  }
  return all;
}
