import { card, type Point } from "./place-nodes.ts";
import type { Route } from "./routes.ts";

/** The size that a label takes at most. */
const label = { width: 118, height: 18 } as const;

/** Where the label of a link stands. */
export interface LabelPlace extends Point {
  /** Whether it covers neither a card nor another label: such a label is always shown. */
  readonly hasRoom: boolean;
}

/**
 * Finds a place on its line for each label. It depends on where things are and not on what the labels say, so labels do
 * not jump about while figures change.
 */
export function labelPlaces(routes: ReadonlyMap<string, Route>, cards: Iterable<Point>): Map<string, LabelPlace> {
  const taken = new Grid();
  for (const { x, y } of cards) taken.add({ x, y, width: card.width, height: card.height });
  const places = new Map<string, LabelPlace>();
  for (const [id, { spots }] of routes) {
    const free = spots.find((spot) => !taken.meets({ ...spot, ...label }));
    const place = free ?? spots[0];
    if (place === undefined) continue;
    if (free !== undefined) taken.add({ ...free, ...label });
    places.set(id, { ...place, hasRoom: free !== undefined });
  }
  return places;
}

interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

const cell = 200;

/** Boxes by the cells that they reach into: each is compared with its neighbours alone. */
class Grid {
  private readonly cells = new Map<string, Box[]>();

  add(box: Box): void {
    for (const key of keysOf(box)) {
      const known = this.cells.get(key);
      if (known === undefined) this.cells.set(key, [box]);
      else known.push(box);
    }
  }

  meets(box: Box): boolean {
    for (const key of keysOf(box)) if (this.cells.get(key)?.some((other) => overlap(box, other)) === true) return true;
    return false;
  }
}

function* keysOf({ x, y, width, height }: Box): Generator<string> {
  for (let column = Math.floor((x - width / 2) / cell); column <= (x + width / 2) / cell; column++) {
    for (let row = Math.floor((y - height / 2) / cell); row <= (y + height / 2) / cell; row++) yield `${column} ${row}`;
  }
}

function overlap(one: Box, other: Box): boolean {
  return (
    Math.abs(one.x - other.x) < (one.width + other.width) / 2 &&
    Math.abs(one.y - other.y) < (one.height + other.height) / 2
  );
}
