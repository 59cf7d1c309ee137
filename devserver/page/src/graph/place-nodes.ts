import { type Item, layersOf } from "./layers.ts";
import { levelLayers } from "./level-layers.ts";
import { orderLayers } from "./order-layers.ts";

/** A place in the graph's own coordinates, which grow to the right and downwards. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What is to be placed. Plain data, which can be sent to a worker. */
export interface PlaceInput {
  readonly nodes: readonly string[];
  readonly links: readonly { readonly id: string; readonly source: string; readonly target: string }[];
  /** Where nodes were before. */
  readonly before: ReadonlyMap<string, Point>;
}

/** Where everything is. */
export interface Placed {
  /** The middles of the cards. */
  readonly nodes: ReadonlyMap<string, Point>;
  /** By link: where it passes the columns between its ends, from source to target. */
  readonly routes: ReadonlyMap<string, readonly Point[]>;
}

/** Nothing yet. */
export const nothingPlaced: Placed = { nodes: new Map(), routes: new Map() };

/** The size of a card. */
export const card = { width: 188, height: 66 } as const;

const columnGap = 164;
const rowGap = 20;
const lineGap = 14;
const gridGap = 24;

/**
 * Places cards from left to right in layers. Those that nothing is linked to stand in a grid below, where they do not
 * make the first layer a long column. What was there before keeps its order and, on the whole, its place.
 */
export function placeNodes({ nodes, links, before }: PlaceInput): Placed {
  const ends = new Set(
    links.filter(({ source, target }) => source !== target).flatMap((one) => [one.source, one.target]),
  );
  const order = [...nodes].sort((one, other) => byPlace(before.get(one), before.get(other)) || (one < other ? -1 : 1));
  const linked = placeLayers(
    order.filter((id) => ends.has(id)),
    links,
    before,
  );
  const all = new Map(linked.nodes);
  placeGrid(
    order.filter((id) => !ends.has(id)),
    all,
  );
  return moved({ nodes: all, routes: linked.routes }, before);
}

/** What stays when nodes or links went: nothing moves because of that. */
export function withoutGone({ nodes, routes }: Placed, input: PlaceInput): Placed | undefined {
  const isAllPlaced = input.nodes.every((id) => nodes.has(id)) && input.links.every(({ id }) => routes.has(id));
  if (!isAllPlaced) return undefined;
  const links = new Set(input.links.map(({ id }) => id));
  return {
    nodes: new Map(input.nodes.map((id) => [id, nodes.get(id) as Point])),
    routes: new Map([...routes].filter(([id]) => links.has(id))),
  };
}

function byPlace(one: Point | undefined, other: Point | undefined): number {
  if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined);
  return one.y - other.y || one.x - other.x;
}

function placeLayers(order: readonly string[], links: PlaceInput["links"], before: PlaceInput["before"]): Placed {
  const lines = links.filter(({ source, target }) => source !== target);
  const { layers, passes } = layersOf(order, lines);
  orderLayers(layers, (id) => before.get(id)?.y);
  levelLayers(layers, passes, distance);
  const pointOf = ({ layer, y }: Item): Point => ({ x: layer * (card.width + columnGap), y });
  const nodes = new Map<string, Point>();
  for (const item of layers.flat()) if (item.id !== undefined) nodes.set(item.id, pointOf(item));
  const routes = new Map<string, readonly Point[]>(links.map(({ id }) => [id, []]));
  for (const [at, { id }] of lines.entries()) routes.set(id, (passes[at] ?? []).map(pointOf));
  return { nodes, routes };
}

function distance(upper: Item, lower: Item): number {
  if (upper.id === undefined && lower.id === undefined) return lineGap;
  const isBetweenCards = upper.id !== undefined && lower.id !== undefined;
  return isBetweenCards ? card.height + rowGap : card.height / 2 + lineGap;
}

function placeGrid(order: readonly string[], placed: Map<string, Point>): void {
  if (order.length === 0) return;
  const points = [...placed.values()];
  const left = points.reduce((least, { x }) => Math.min(least, x), Number.POSITIVE_INFINITY);
  const right = points.reduce((most, { x }) => Math.max(most, x), 0);
  const bottom = points.reduce((most, { y }) => Math.max(most, y), 0);
  const from = points.length === 0 ? { x: 0, y: 0 } : { x: left, y: bottom + card.height + 3 * gridGap };
  const fitting = Math.floor((right - from.x) / (card.width + gridGap)) + 1;
  const perRow = Math.max(points.length === 0 ? Math.ceil(Math.sqrt(order.length / 2)) : 3, fitting);
  for (const [at, id] of order.entries()) {
    const column = at % perRow;
    const row = Math.floor(at / perRow);
    placed.set(id, { x: from.x + column * (card.width + gridGap), y: from.y + row * (card.height + gridGap) });
  }
}

// As far as most of what was there has to go, so that it stays where it is.
function moved({ nodes, routes }: Placed, before: ReadonlyMap<string, Point>): Placed {
  const stayed = [...nodes].flatMap(([id, point]) => {
    const was = before.get(id);
    return was === undefined ? [] : [{ x: was.x - point.x, y: was.y - point.y }];
  });
  const by = { x: median(stayed.map(({ x }) => x)), y: median(stayed.map(({ y }) => y)) };
  const move = ({ x, y }: Point): Point => ({ x: Math.round(x + by.x), y: Math.round(y + by.y) });
  return {
    nodes: new Map([...nodes].map(([id, point]) => [id, move(point)])),
    routes: new Map([...routes].map(([id, points]) => [id, points.map(move)])),
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
