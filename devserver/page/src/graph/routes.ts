import { card, type Placed, type Point } from "./place-nodes.ts";

/** A line as it is drawn; its point is the tip of the arrow. */
export interface Route extends Point {
  /** The path of an SVG, which ends before the arrow. */
  readonly path: string;
  /** Which way the arrow points: to the right, or back to the left. */
  readonly isBack: boolean;
  /** Places along it where a label may stand, the best one first. */
  readonly spots: readonly Point[];
}

/** A link, as far as its line is concerned. */
export interface RoutedLink {
  readonly id: string;
  readonly source: string;
  readonly target: string;
}

const half = card.width / 2;
const arrow = 7;
const portGap = 11;

/**
 * Draws lines between cards.
 *
 * @param at where the cards are now; those that were moved by hand are not where they were placed
 * @param isMoved whether a card was moved: lines to it take no heed of what was placed between
 */
export function routesOf(
  links: readonly RoutedLink[],
  placed: Placed,
  at: (id: string) => Point | undefined,
  isMoved: (id: string) => boolean,
): Map<string, Route> {
  const ports = new Ports();
  const lines: { link: RoutedLink; source: Point; target: Point; between: readonly Point[]; isBack: boolean }[] = [];
  for (const link of links) {
    const source = at(link.source);
    const target = at(link.target);
    if (source === undefined || target === undefined) continue;
    const isFree = isMoved(link.source) || isMoved(link.target);
    const between = isFree ? [] : (placed.routes.get(link.id) ?? []);
    const isBack = link.source !== link.target && target.x < source.x + half;
    lines.push({ link, source, target, between, isBack });
    if (link.source === link.target) continue;
    ports.add(`${link.source}${isBack ? "<" : ">"}`, `${link.id}\nout`, (between[0] ?? target).y);
    ports.add(`${link.target}${isBack ? ">" : "<"}`, `${link.id}\nin`, (between.at(-1) ?? source).y);
  }
  const offsets = ports.offsets();
  return new Map(
    lines.map(({ link, source, target, between, isBack }) => {
      if (link.source === link.target) return [link.id, loop(source)];
      const side = isBack ? -half : half;
      const from = { x: source.x + side, y: source.y + (offsets.get(`${link.id}\nout`) ?? 0) };
      const to = { x: target.x - side, y: target.y + (offsets.get(`${link.id}\nin`) ?? 0) };
      return [link.id, line(from, between, to, isBack)];
    }),
  );
}

function line(from: Point, between: readonly Point[], to: Point, isBack: boolean): Route {
  const way = isBack ? -1 : 1;
  const last = { x: to.x - way * arrow, y: to.y };
  let path = `M${from.x} ${from.y}`;
  let at = from;
  const curves: [Point, Point][] = [];
  for (const point of [...between.flatMap((one) => passing(one, way)), last]) {
    const isStraight = Math.abs(at.y - point.y) < 0.5;
    const reach = Math.max(Math.abs(point.x - at.x) / 2, (point.x - at.x) * way < 40 ? 60 : 0) * way;
    path += isStraight
      ? `L${point.x} ${point.y}`
      : `C${at.x + reach} ${at.y} ${point.x - reach} ${point.y} ${point.x} ${point.y}`;
    curves.push([at, point]);
    at = point;
  }
  return { path, ...to, isBack, spots: spotsOf(curves) };
}

// Straight past the cards of a column, so that it never runs under one.
function passing({ x, y }: Point, way: number): Point[] {
  return [
    { x: x - way * half, y },
    { x: x + way * half, y },
  ];
}

// Where it leaves, in the middle of the gaps between columns, from the last one back: there it is told apart best.
function spotsOf(curves: readonly [Point, Point][]): Point[] {
  const gaps = curves.filter(([from, to]) => Math.abs(to.x - from.x) < 2 * half - 1 || curves.length === 1);
  const ordered = [...gaps].reverse();
  return [0.5, 0.66, 0.34].flatMap((share) => ordered.map(([from, to]) => onCurve(from, to, share)));
}

function onCurve(from: Point, to: Point, share: number): Point {
  // The curve leaves and arrives level, so its height goes by 3t² - 2t³ while it goes on evenly, nearly.
  const rise = share * share * (3 - 2 * share);
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * rise };
}

function loop({ x, y }: Point): Route {
  const top = y - card.height / 2;
  const path = `M${x + 30} ${top}C${x + 50} ${top - 42} ${x - 50} ${top - 42} ${x - 30} ${top - 2}`;
  return { path, x: x - 30, y: top, isBack: false, spots: [{ x, y: top - 30 }] };
}

/** Spreads the lines that meet on one side of a card, so that each can be followed. */
class Ports {
  private readonly sides = new Map<string, { key: string; y: number }[]>();

  add(side: string, key: string, y: number): void {
    const known = this.sides.get(side);
    if (known === undefined) this.sides.set(side, [{ key, y }]);
    else known.push({ key, y });
  }

  offsets(): Map<string, number> {
    const offsets = new Map<string, number>();
    for (const lines of this.sides.values()) {
      lines.sort((one, other) => one.y - other.y || (one.key < other.key ? -1 : 1));
      const gap = Math.min(portGap, (card.height - 24) / Math.max(1, lines.length - 1));
      for (const [at, { key }] of lines.entries()) {
        offsets.set(key, Math.round((at - (lines.length - 1) / 2) * gap * 10) / 10);
      }
    }
    return offsets;
  }
}
