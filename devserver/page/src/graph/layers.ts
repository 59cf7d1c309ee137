/** Something in a layer: a card, or a place where a line passes. */
export interface Item {
  readonly layer: number;
  /** The node; `undefined` where a line passes. */
  readonly id: string | undefined;
  /** What it is linked to in the layer before, and in the next one. */
  readonly before: Item[];
  readonly after: Item[];
  /** The place in its layer, from 0. */
  order: number;
  /** How far down its middle is. */
  y: number;
}

/** Nodes in layers, so that every line goes from a layer to the next one. */
export interface Layers {
  readonly layers: readonly Item[][];
  /** Where a line passes layers, from its source to its target; in the order of the lines. */
  readonly passes: readonly (readonly Item[])[];
}

/** A line from one node to another one. */
export interface Line {
  readonly source: string;
  readonly target: string;
}

/** Puts what calls into an earlier layer than what it calls. Of lines that go round in a circle one goes back. */
export function layersOf(nodes: readonly string[], lines: readonly Line[]): Layers {
  const forward = withoutCircles(nodes, lines);
  const ranks = ranksOf(nodes, forward);
  const layers: Item[][] = [];
  const put = (layer: number, id: string | undefined): Item => {
    const items = (layers[layer] ??= []);
    const item: Item = { layer, id, before: [], after: [], order: items.length, y: 0 };
    items.push(item);
    return item;
  };
  const items = new Map(nodes.map((id) => [id, put(ranks.get(id) as number, id)]));
  const passes = forward.map(({ source, target, isTurned }) => {
    let at = items.get(source) as Item;
    const end = items.get(target) as Item;
    const between: Item[] = [];
    while (at.layer + 1 < end.layer) {
      const next = put(at.layer + 1, undefined);
      join(at, next);
      between.push(next);
      at = next;
    }
    join(at, end);
    return isTurned ? between.reverse() : between;
  });
  return { layers, passes };
}

function join(from: Item, to: Item): void {
  from.after.push(to);
  to.before.push(from);
}

interface Forward extends Line {
  /** Whether it goes from its target to its source. */
  readonly isTurned: boolean;
}

// What closes a circle is turned around. One begins where nothing comes in, since calls come from there.
function withoutCircles(nodes: readonly string[], lines: readonly Line[]): Forward[] {
  const out = grouped(lines, ({ source }) => source);
  const into = grouped(lines, ({ target }) => target);
  const begun = new Set<string>();
  const done = new Set<string>();
  const turned = new Set<Line>();
  const visit = (from: string): void => {
    // A path and not calls in calls: a chain of services may be longer than a stack is deep.
    const path = [{ id: from, rest: [...(out.get(from) ?? [])] }];
    begun.add(from);
    for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
      const line = last.rest.shift();
      if (line === undefined) {
        done.add(last.id);
        path.pop();
      } else if (!begun.has(line.target)) {
        begun.add(line.target);
        path.push({ id: line.target, rest: [...(out.get(line.target) ?? [])] });
      } else if (!done.has(line.target)) turned.add(line);
    }
  };
  const roots = nodes.filter((id) => !into.has(id));
  for (const id of [...roots, ...nodes]) if (!begun.has(id)) visit(id);
  return lines.map((line) =>
    turned.has(line)
      ? { source: line.target, target: line.source, isTurned: true }
      : { source: line.source, target: line.target, isTurned: false },
  );
}

// As far left as what comes in allows; then each where its lines are shortest.
function ranksOf(nodes: readonly string[], lines: readonly Line[]): Map<string, number> {
  const out = grouped(lines, ({ source }) => source);
  const into = grouped(lines, ({ target }) => target);
  const ranks = new Map<string, number>();
  const missing = new Map(nodes.map((id) => [id, into.get(id)?.length ?? 0]));
  const sorted = nodes.filter((id) => missing.get(id) === 0);
  for (const id of sorted) ranks.set(id, 0);
  for (const id of sorted) {
    for (const { target } of out.get(id) ?? []) {
      ranks.set(target, Math.max(ranks.get(target) ?? 0, (ranks.get(id) as number) + 1));
      const left = (missing.get(target) as number) - 1;
      missing.set(target, left);
      if (left === 0) sorted.push(target);
    }
  }
  const rankOf = (id: string): number => ranks.get(id) as number;
  for (let round = 0; round < 4; round++) {
    for (const id of [...sorted].reverse()) {
      const [to, from] = [out.get(id) ?? [], into.get(id) ?? []];
      if (to.length <= from.length) continue;
      ranks.set(id, Math.min(...to.map(({ target }) => rankOf(target))) - 1);
    }
  }
  const least = Math.min(...ranks.values());
  return new Map([...ranks].map(([id, rank]) => [id, rank - least]));
}

function grouped(lines: readonly Line[], keyOf: (line: Line) => string): Map<string, Line[]> {
  const groups = new Map<string, Line[]>();
  for (const line of lines) {
    const known = groups.get(keyOf(line));
    if (known === undefined) groups.set(keyOf(line), [line]);
    else known.push(line);
  }
  return groups;
}
