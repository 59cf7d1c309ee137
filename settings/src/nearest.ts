// Longer than any name in use: what is typed may be anything, and the comparison is quadratic.
const maxLength = 64;

/**
 * The candidate that a mistyped name most likely meant; `undefined` when none is close.
 *
 * @param maxEdits how many letters may differ; default two, and a third of a longer name
 */
export function nearest(
  name: string,
  candidates: Iterable<string>,
  maxEdits: number = Math.max(2, Math.floor(name.length / 3)),
): string | undefined {
  if (name.length > maxLength) return undefined;

  let best: string | undefined;
  let least = maxEdits + 1;
  for (const candidate of candidates) {
    const edits = countEdits(name, candidate);
    if (edits < least) [best, least] = [candidate, edits];
  }
  return best;
}

/** How many letters must be added, dropped or changed (Levenshtein), one row of the table at a time. */
function countEdits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const changed = (row[j - 1] as number) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[to.length] as number;
}
