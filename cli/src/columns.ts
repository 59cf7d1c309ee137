/** What stands left, and the words beside it; none of them is broken. */
export type Row = readonly [left: string, words: readonly string[]];

/** How many columns a page has. */
const pageWidth = 100;

const maxLeft = 36;

/** The width of a left column that has room for most: what is longer gets a line of its own. */
export function leftWidth(rows: readonly Row[]): number {
  return Math.max(0, ...rows.map(([left]) => left.length).filter((length) => length <= maxLeft));
}

/** Rows with their columns below each other, the right one as many lines as it needs. */
export function renderRows(rows: readonly Row[], width: number = leftWidth(rows)): string {
  return rows.flatMap((row) => renderRow(row, width)).join("\n");
}

function renderRow([left, words]: Row, width: number): string[] {
  const lines = wrap(words, pageWidth - width - 4);
  const beside = left.length <= width ? (lines.shift() ?? "") : "";
  const indent = " ".repeat(width + 4);
  return [`  ${left.padEnd(width)}  ${beside}`.trimEnd(), ...lines.map((line) => `${indent}${line}`)];
}

function wrap(words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
