/** A line of two texts that are compared: on both sides, or where the other one has none or another one. */
export interface DiffRow {
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Beyond it the middle of two texts is not compared line by line. */
const maxCells = 250_000;

/** Two texts side by side, equal lines beside each other. */
export function diffLines(before: readonly string[], after: readonly string[]): readonly DiffRow[] {
  let first = 0;
  while (first < before.length && first < after.length && before[first] === after[first]) first++;
  let last = 0;
  const rest = Math.min(before.length, after.length) - first;
  while (last < rest && before.at(-1 - last) === after.at(-1 - last)) last++;
  const same = (lines: readonly string[]): DiffRow[] => lines.map((line) => ({ before: line, after: line }));
  return [
    ...same(before.slice(0, first)),
    ...middle(before.slice(first, before.length - last), after.slice(first, after.length - last)),
    ...same(before.slice(before.length - last)),
  ];
}

/** Whether a row shows a difference. */
export function differs({ before, after }: DiffRow): boolean {
  return before !== after;
}

function middle(before: readonly string[], after: readonly string[]): DiffRow[] {
  if (before.length * after.length > maxCells) return beside(before, after);
  const common = commonLengths(before, after);
  const width = after.length + 1;
  const rows: DiffRow[] = [];
  let [left, right] = [0, 0];
  let [removed, added]: [string[], string[]] = [[], []];
  const flush = (): void => {
    rows.push(...beside(removed, added));
    [removed, added] = [[], []];
  };
  while (left < before.length || right < after.length) {
    const [old, fresh] = [before[left], after[right]];
    if (old !== undefined && old === fresh) {
      flush();
      rows.push({ before: old, after: fresh });
      left++;
      right++;
    } else if (old === undefined || (fresh !== undefined && lengthAt(left, right + 1) > lengthAt(left + 1, right))) {
      added.push(fresh as string);
      right++;
    } else {
      removed.push(old);
      left++;
    }
  }
  flush();
  return rows;

  function lengthAt(row: number, column: number): number {
    return common[row * width + column] ?? 0;
  }
}

// What one side lost and the other one got at the same place is most often the same member with another value.
function beside(removed: readonly string[], added: readonly string[]): DiffRow[] {
  const count = Math.max(removed.length, added.length);
  return Array.from({ length: count }, (_, at) => ({ before: removed[at], after: added[at] }));
}

/** By row and column: how many lines the rests of both have in common. */
function commonLengths(before: readonly string[], after: readonly string[]): Uint32Array {
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  for (let row = before.length - 1; row >= 0; row--) {
    for (let column = after.length - 1; column >= 0; column--) {
      const at = row * width + column;
      lengths[at] =
        before[row] === after[column]
          ? (lengths[at + width + 1] as number) + 1
          : Math.max(lengths[at + width] as number, lengths[at + 1] as number);
    }
  }
  return lengths;
}
