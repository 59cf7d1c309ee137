import type { Point } from "./place-nodes.ts";

/** An arrow key. */
export type Direction = "left" | "right" | "up" | "down";

/**
 * The card that an arrow key leads to: to the right along the lines that go out and to the left along those that come
 * in; where there is none, and up and down, the nearest one on that side.
 *
 * @param linked the nodes that lines lead to in this direction
 */
export function neighbourOf(
  from: string,
  direction: Direction,
  cards: ReadonlyMap<string, Point>,
  linked: Iterable<string>,
): string | undefined {
  const at = cards.get(from);
  if (at === undefined) return undefined;
  const along = [...linked].filter((id) => id !== from && cards.has(id));
  if ((direction === "left" || direction === "right") && along.length > 0) return nearest(at, along, cards, () => 0);
  const others = [...cards.keys()].filter((id) => id !== from && isOnSide(at, cards.get(id) as Point, direction));
  // What is straight ahead goes before what is nearer but aside.
  const isLevel = direction === "left" || direction === "right";
  const aside = (point: Point): number => 2 * Math.abs(isLevel ? point.y - at.y : point.x - at.x);
  return nearest(at, others, cards, aside);
}

function nearest(
  at: Point,
  ids: readonly string[],
  cards: ReadonlyMap<string, Point>,
  extra: (point: Point) => number,
): string | undefined {
  let best: { id: string; distance: number } | undefined;
  for (const id of ids) {
    const point = cards.get(id) as Point;
    const distance = Math.hypot(point.x - at.x, point.y - at.y) + extra(point);
    if (best === undefined || distance < best.distance) best = { id, distance };
  }
  return best?.id;
}

function isOnSide(at: Point, { x, y }: Point, direction: Direction): boolean {
  switch (direction) {
    case "left":
      return x < at.x - 1;
    case "right":
      return x > at.x + 1;
    case "up":
      return y < at.y - 1;
    case "down":
      return y > at.y + 1;
  }
}
