/** A line of two texts that are compared: on both sides, or where the other one has none or another one. */
export interface DiffRow {
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** How far ahead two texts are looked for a place where they meet again. */
const maxAhead = 200;

/** Two texts side by side, equal lines beside each other; after a difference they go on where they meet soonest. */
export function diffLines(before: readonly string[], after: readonly string[]): readonly DiffRow[] {
  const rows: DiffRow[] = [];
  let [left, right] = [0, 0];
  while (left < before.length || right < after.length) {
    const [removed, added] = untilEqual(before, after, left, right);
    // What one side lost and the other one got at the same place is most often the same member with another value.
    for (let at = 0; at < Math.max(removed, added, 1); at++) {
      const isEqual = removed + added === 0;
      rows.push({
        before: isEqual || at < removed ? before[left + at] : undefined,
        after: isEqual || at < added ? after[right + at] : undefined,
      });
    }
    left += removed || (added === 0 ? 1 : 0);
    right += added || (removed === 0 ? 1 : 0);
  }
  return rows;
}

/** Whether a row shows a difference. */
export function differs({ before, after }: DiffRow): boolean {
  return before !== after;
}

/** How many lines of each side stand before the next ones that are equal. */
function untilEqual(
  before: readonly string[],
  after: readonly string[],
  left: number,
  right: number,
): readonly [removed: number, added: number] {
  const rest = [before.length - left, after.length - right] as const;
  for (let sum = 0; sum < Math.min(maxAhead, rest[0] + rest[1]); sum++) {
    for (let added = 0; added <= sum; added++) {
      const line = before[left + sum - added];
      if (line !== undefined && line === after[right + added]) return [sum - added, added];
    }
  }
  return rest;
}
