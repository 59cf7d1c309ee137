import type { Item } from "./layers.ts";

type LayerList = readonly Item[][];

const sweeps = 16;

/**
 * Orders the items of each layer so that few lines cross: each goes to the middle of what it is linked to, forth and back
 * over the layers, and neighbours change places where that helps. The best order of all sweeps is taken.
 *
 * @param placeBefore where nodes were before: those of a layer keep their order
 */
export function orderLayers(layers: LayerList, placeBefore: (id: string) => number | undefined): void {
  let best = { crossings: Number.POSITIVE_INFINITY, orders: ordersOf(layers) };
  for (const layer of layers) arrange(layer, (item) => item.order, placeBefore);
  for (let sweep = 0; sweep < sweeps && best.crossings > 0; sweep++) {
    const isForth = sweep % 2 === 0;
    for (const layer of isForth ? layers : [...layers].reverse()) {
      arrange(layer, (item) => middleOf(isForth ? item.before : item.after, item.order), placeBefore);
    }
    for (const layer of layers) swapNeighbours(layer, placeBefore);
    const crossings = layers.reduce((sum, layer) => sum + crossingsAfter(layer), 0);
    if (crossings < best.crossings) best = { crossings, orders: ordersOf(layers) };
  }
  for (const [at, layer] of layers.entries()) {
    for (const [index, item] of layer.entries()) item.order = best.orders[at]?.[index] ?? index;
  }
  for (const layer of layers) layer.sort((one, other) => one.order - other.order);
}

/** How many lines from a layer to the next one cross. */
function crossingsAfter(layer: readonly Item[]): number {
  const ends = [...layer]
    .sort((one, other) => one.order - other.order)
    .flatMap(({ after }) => after.map(({ order }) => order).sort((one, other) => one - other));
  // Pairs that stand the wrong way around, counted while they are put in order.
  const tree: number[] = [];
  let crossings = 0;
  for (const [seen, end] of ends.entries()) {
    let below = 0;
    for (let at = end + 1; at > 0; at -= at & -at) below += tree[at] ?? 0;
    crossings += seen - below;
    for (let at = end + 1; at <= ends.length + 1000; at += at & -at) tree[at] = (tree[at] ?? 0) + 1;
  }
  return crossings;
}

function arrange(layer: Item[], keyOf: (item: Item) => number, placeBefore: (id: string) => number | undefined): void {
  const keys = new Map(layer.map((item) => [item, keyOf(item)]));
  const sorted = [...layer].sort((one, other) => {
    return (keys.get(one) as number) - (keys.get(other) as number) || one.order - other.order;
  });
  // What was there before takes the places that such items got, from top to bottom as it stood.
  const place = (item: Item): number | undefined => (item.id === undefined ? undefined : placeBefore(item.id));
  const stayed = sorted.filter((item) => place(item) !== undefined);
  const kept = [...stayed].sort((one, other) => (place(one) as number) - (place(other) as number));
  let next = 0;
  for (const [order, item] of sorted.entries()) {
    const chosen = place(item) === undefined ? item : (kept[next++] as Item);
    chosen.order = order;
  }
}

function middleOf(items: readonly Item[], otherwise: number): number {
  if (items.length === 0) return otherwise;
  return items.reduce((sum, { order }) => sum + order, 0) / items.length;
}

function swapNeighbours(layer: readonly Item[], placeBefore: (id: string) => number | undefined): void {
  const ordered = [...layer].sort((one, other) => one.order - other.order);
  const isFixed = ({ id }: Item): boolean => id !== undefined && placeBefore(id) !== undefined;
  for (let round = 0, hasChanged = true; hasChanged && round < 8; round++) {
    hasChanged = false;
    for (let at = 0; at + 1 < ordered.length; at++) {
      const [upper, lower] = [ordered[at] as Item, ordered[at + 1] as Item];
      if ((isFixed(upper) && isFixed(lower)) || gain(upper, lower) <= 0) continue;
      [ordered[at], ordered[at + 1]] = [lower, upper];
      [upper.order, lower.order] = [lower.order, upper.order];
      hasChanged = true;
    }
  }
}

// How many crossings fewer there are when two neighbours change places.
function gain(upper: Item, lower: Item): number {
  const between = (one: readonly Item[], other: readonly Item[]): number => {
    let sum = 0;
    for (const a of one) for (const b of other) sum += Math.sign(a.order - b.order);
    return sum;
  };
  return between(upper.before, lower.before) + between(upper.after, lower.after);
}

function ordersOf(layers: LayerList): number[][] {
  return layers.map((layer) => layer.map(({ order }) => order));
}
