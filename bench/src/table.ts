/** What one thing costs beside its peer. */
export interface Line {
  readonly what: string;
  readonly ours: string;
  readonly peer: string;
  readonly ratio: string;
  /** Empty where there is none: the line is there for comparison. */
  readonly target: string;
  /** Whether the target was reached; `undefined` where there is none, or nothing to compare with. */
  readonly reached: boolean | undefined;
}

/** Some measurements of one kind. */
export interface Table {
  readonly title: string;
  readonly lines: readonly Line[];
  /** What a reader must know to read the numbers, and what was left out. */
  readonly notes: readonly string[];
}

/** Prints a table as text, its columns as wide as they must be. */
export function printTable({ title, lines, notes }: Table): void {
  const cells = [head, ...lines.map(cellsOf)];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  console.log(`\n${title}\n`);
  for (const row of cells) console.log(row.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join("  "));
  console.log("");
  for (const note of notes) console.log(`- ${note}`);
}

/** A line whose ratio must not be below `least`. */
export function atLeast(what: string, ours: string, peer: string, ratio: number, least: number): Line {
  return { what, ours, peer, ratio: times(ratio), target: `>= ${least} x`, reached: ratio >= least };
}

/** A line whose ratio must not be above `most`. */
export function atMost(what: string, ours: string, peer: string, ratio: number, most: number): Line {
  return { what, ours, peer, ratio: times(ratio), target: `<= ${most} x`, reached: ratio <= most };
}

/** A time that must not be above `mostMs`, beside what the peer took. */
export function withinMs(what: string, oursMs: number, peerMs: number, mostMs: number): Line {
  const reached = oursMs <= mostMs;
  return {
    ...compared(what, milliseconds(oursMs), milliseconds(peerMs), oursMs / peerMs),
    target: `<= ${mostMs} ms`,
    reached,
  };
}

/** A time that must not be more than `moreMs` above that of the peer. */
export function withinMoreMs(what: string, oursMs: number, peerMs: number, moreMs: number): Line {
  const target = `<= peer + ${moreMs} ms`;
  return { ...withinMs(what, oursMs, peerMs, peerMs + moreMs), target };
}

/** A line without a target. */
export function compared(what: string, ours: string, peer: string, ratio: number): Line {
  return { what, ours, peer, ratio: times(ratio), target: "", reached: undefined };
}

/** A number of calls a second. */
export function perSecond(calls: number): string {
  return `${Math.round(calls).toLocaleString("en")}/s`;
}

/** The time of one of so many calls a second. */
export function nanosecondsEach(calls: number): string {
  return `${(1e9 / calls).toFixed(calls > 1e7 ? 1 : 0)} ns`;
}

/** A size in bytes. */
export function byteCount(bytes: number): string {
  return `${bytes.toLocaleString("en")} B`;
}

/** A time, to a tenth of a millisecond. */
export function milliseconds(ms: number): string {
  return `${ms.toFixed(1)} ms`;
}

const head = ["what", "ours", "peer", "ratio", "target", "reached"];

function cellsOf({ what, ours, peer, ratio, target, reached }: Line): string[] {
  return [what, ours, peer, ratio, target, reached === undefined ? "" : reached ? "yes" : "NO"];
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)} x`;
}
