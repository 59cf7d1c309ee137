import type { Item } from "./layers.ts";

/** How far apart the middles of two neighbours are at least. */
export type Distance = (upper: Item, lower: Item) => number;

const rounds = 24;

/**
 * Gives every item of ordered layers its height: near the middle of what it is linked to, and no nearer to its
 * neighbours than they allow. Lines that pass layers are to be straight above all.
 */
export function levelLayers(
  layers: readonly (readonly Item[])[],
  passes: readonly (readonly Item[])[],
  distance: Distance,
): void {
  for (const layer of layers) settle(layer, distance, () => 0);
  for (let round = 0; round < rounds; round++) {
    const isForth = round % 2 === 0;
    // At first along the lines, which untangles; then between both sides, which balances.
    const sides = round < rounds / 2 ? (isForth ? "before" : "after") : "both";
    for (const layer of isForth ? layers : [...layers].reverse())
      settle(layer, distance, (item) => wanted(item, sides));
  }
  for (const pass of passes) straighten(pass, layers, distance);
}

function wanted(item: Item, sides: "before" | "after" | "both"): number {
  const { before, after, y } = item;
  const items = sides === "both" || before.length === 0 || after.length === 0 ? [...before, ...after] : item[sides];
  let sum = 0;
  let weights = 0;
  for (const other of items) {
    const weight = weightOf(item, other);
    sum += weight * other.y;
    weights += weight;
  }
  return weights === 0 ? y : sum / weights;
}

function weightOf(one: Item, other: Item): number {
  const passing = Number(one.id === undefined) + Number(other.id === undefined);
  return passing === 2 ? 8 : passing === 1 ? 2 : 1;
}

// Of all heights that keep the distances the ones nearest to what is wanted: items that want to be nearer to each other
// than that are joined to a block, which goes to the middle of what they want.
function settle(layer: readonly Item[], distance: Distance, want: (item: Item) => number): void {
  const blocks: { sum: number; weight: number; items: Item[] }[] = [];
  const offsets = new Map<Item, number>();
  let offset = 0;
  for (const [at, item] of layer.entries()) {
    if (at > 0) offset += distance(layer[at - 1] as Item, item);
    offsets.set(item, offset);
    const weight = item.id === undefined ? 4 : 1;
    blocks.push({ sum: weight * (want(item) - offset), weight, items: [item] });
    while (blocks.length > 1) {
      const [upper, lower] = blocks.slice(-2) as [(typeof blocks)[0], (typeof blocks)[0]];
      if (upper.sum / upper.weight <= lower.sum / lower.weight) break;
      blocks.splice(-2, 2, {
        sum: upper.sum + lower.sum,
        weight: upper.weight + lower.weight,
        items: [...upper.items, ...lower.items],
      });
    }
  }
  for (const { sum, weight, items } of blocks)
    for (const item of items) item.y = sum / weight + (offsets.get(item) as number);
}

// A line that passes several layers at one height, if there is room at it.
function straighten(pass: readonly Item[], layers: readonly (readonly Item[])[], distance: Distance): void {
  if (pass.length === 0) return;
  const heights = [...pass.map(({ y }) => y)].sort((one, other) => one - other);
  const y = heights[Math.floor(heights.length / 2)] as number;
  const hasRoom = pass.every((item) => {
    const layer = layers[item.layer] as readonly Item[];
    const upper = layer[item.order - 1];
    const lower = layer[item.order + 1];
    return (
      (upper === undefined || y - upper.y >= distance(upper, item)) &&
      (lower === undefined || lower.y - y >= distance(item, lower))
    );
  });
  if (hasRoom) for (const item of pass) item.y = y;
}
