import type { Line, Span, Tone } from "./line.ts";
import { cutTo, widthOf } from "./width.ts";

/** How lines are drawn. */
export interface Paint {
  readonly colours: boolean;
  /** How many columns there are; without a limit nothing is cut. */
  readonly columns: number;
}

/** A line as it goes to the terminal, without the newline. */
export function paintLine(line: Line, { colours, columns }: Paint): string {
  const spans = line.narrow === "cut" ? cutSpans(line.spans, columns) : line.spans;
  return spans.map((span) => (colours ? paintSpan(span) : span.text)).join("");
}

/**
 * Whether to use colours: on a terminal, unless it is a dumb one or `NO_COLOR` is set. `FORCE_COLOR` goes before all of
 * that, as in Node, and turns them off where it is `0` or `false`.
 */
export function hasColours(isTTY: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  const { FORCE_COLOR: force, NO_COLOR: no = "", TERM: terminal } = env;
  if (force !== undefined) return force !== "0" && force !== "false";
  return isTTY && no === "" && terminal !== "dumb";
}

function cutSpans(spans: readonly Span[], columns: number): readonly Span[] {
  const kept: Span[] = [];
  let left = columns;
  for (const [at, { text, tone }] of spans.entries()) {
    const isLast = at === spans.length - 1;
    const rest = spans.slice(at + 1).reduce((sum, span) => sum + widthOf(span.text), 0);
    const width = widthOf(text);
    // A span that just fits must leave room for the mark when more follows that does not.
    const fits = isLast ? width <= left : width + Math.min(rest, 1) <= left;
    if (!fits) return [...kept, { text: cutTo(`${text}${rest > 0 ? " " : ""}`, left), tone }];
    kept.push({ text, tone });
    left -= width;
  }
  return kept;
}

const codes = { strong: 1, dim: 2, good: 32, bad: 31, warn: 33, link: 36 } as const satisfies Record<
  Exclude<Tone, "plain">,
  number
>;

function paintSpan({ text, tone }: Span): string {
  return tone === "plain" || text === "" ? text : `\u001b[${codes[tone]}m${text}\u001b[0m`;
}
