import { card, type Point } from "./place-nodes.ts";

/** What part of the graph is seen: a point of it is drawn at `x + k * point.x`. */
export interface Viewport extends Point {
  /** The zoom. */
  readonly k: number;
}

/** A width and a height on the screen. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** How far one can zoom. */
const zoomLimits = { least: 0.08, most: 2.5 } as const;

/** How much of a card is drawn at a zoom: all, its name and state, or its name alone, larger. */
export type Detail = "near" | "middle" | "far";

/** What can still be read at a zoom. */
export function detailAt(k: number): Detail {
  if (k >= 0.62) return "near";
  return k >= 0.34 ? "middle" : "far";
}

/** Zooms by a factor so that what is under a point of the screen stays under it. */
export function zoomed({ x, y, k }: Viewport, by: number, at: Point): Viewport {
  const next = Math.min(zoomLimits.most, Math.max(zoomLimits.least, k * by));
  const factor = next / k;
  return { x: at.x - (at.x - x) * factor, y: at.y - (at.y - y) * factor, k: next };
}

/** Shows all cards, in the middle and not larger than they are. */
export function fitted(cards: Iterable<Point>, size: Size, least: number = zoomLimits.least): Viewport {
  const points = [...cards];
  if (points.length === 0 || size.width === 0) return { x: 0, y: 0, k: 1 };
  const left = Math.min(...points.map(({ x }) => x)) - card.width / 2;
  const right = Math.max(...points.map(({ x }) => x)) + card.width / 2;
  const top = Math.min(...points.map(({ y }) => y)) - card.height / 2;
  const bottom = Math.max(...points.map(({ y }) => y)) + card.height / 2;
  const margin = Math.min(40, size.width / 16);
  const wanted = Math.min((size.width - 2 * margin) / (right - left), (size.height - 2 * margin) / (bottom - top), 1.1);
  const k = Math.max(least, wanted);
  // What does not fit begins at its beginning: the left, where calls come from.
  const x = (right - left) * k > size.width ? margin - left * k : (size.width - (left + right) * k) / 2;
  const y = (bottom - top) * k > size.height ? margin - top * k : (size.height - (top + bottom) * k) / 2;
  return { x, y, k };
}

/** Moves as little as it takes to see a card. */
export function revealed({ x, y, k }: Viewport, point: Point, size: Size): Viewport {
  const margin = 24;
  const into = (at: number, half: number, length: number): number => {
    if (at - half < margin) return margin - (at - half);
    return at + half > length - margin ? length - margin - (at + half) : 0;
  };
  return {
    x: x + into(x + point.x * k, (card.width / 2) * k, size.width),
    y: y + into(y + point.y * k, (card.height / 2) * k, size.height),
    k,
  };
}
