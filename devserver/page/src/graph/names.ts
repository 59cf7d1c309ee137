/** A name in the two parts that it is shown in. */
export interface SplitName {
  /** `go.micro.srv`; empty for a name of one part. */
  readonly namespace: string;
  /** `orders` */
  readonly short: string;
}

/** Splits a name at its last dot, unless one side of it is empty. */
export function splitName(name: string): SplitName {
  const dot = name.lastIndexOf(".");
  if (dot <= 0 || dot === name.length - 1) return { namespace: "", short: name };
  return { namespace: name.slice(0, dot), short: name.slice(dot + 1) };
}

/** As much of a text as fits into a width, with an ellipsis when that is not all of it. */
export function fitText(text: string, width: number, widthOf: (text: string) => number): string {
  if (widthOf(text) <= width) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (widthOf(`${text.slice(0, middle)}…`) <= width) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low).trimEnd()}…`;
}
