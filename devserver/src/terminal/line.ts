/** How a piece of a line looks on a terminal that has colours. */
export type Tone = "plain" | "strong" | "dim" | "good" | "bad" | "warn" | "link";

/** A piece of a line, without control characters. */
export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

/** A line of output. The text is the same with and without colours, so that both can be searched alike. */
export interface Line {
  readonly spans: readonly Span[];
  /** What happens where the terminal is too narrow: a line of source is cut, so that marks below it stand right. */
  readonly narrow: "wrap" | "cut";
}

/** A piece of a line. Control characters are dropped: names and messages come from files and from other machines. */
export function span(text: string, tone: Tone = "plain"): Span {
  return { text: text.replace(/[\p{Cc}\u2028\u2029]/gu, ""), tone };
}

/** A line that wraps; what is a text is a plain span. */
export function line(...parts: readonly (string | Span)[]): Line {
  return { spans: parts.map(toSpan), narrow: "wrap" };
}

/** A line that is cut. */
export function cutLine(...parts: readonly (string | Span)[]): Line {
  return { spans: parts.map(toSpan), narrow: "cut" };
}

/** The characters of a line. */
export function textOf({ spans }: Line): string {
  return spans.map(({ text }) => text).join("");
}

function toSpan(part: string | Span): Span {
  return typeof part === "string" ? span(part) : part;
}
