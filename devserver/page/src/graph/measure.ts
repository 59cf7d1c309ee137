import { fitText } from "./names.ts";

const widths = new Map<string, number>();
let context: CanvasRenderingContext2D | null | undefined;

/** How wide a text is in a font of the page's family, such as `600 14px`. */
function widthOf(text: string, font: string): number {
  const key = `${font}\n${text}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  context ??= document.createElement("canvas").getContext("2d");
  if (widths.size > 20_000) widths.clear();
  // Where nothing can be measured, an average letter will do.
  let width = text.length * 7;
  if (context !== null && context !== undefined) {
    context.font = `${font} ${getComputedStyle(document.body).fontFamily}`;
    width = context.measureText(text).width;
  }
  widths.set(key, width);
  return width;
}

const fitting = new Map<string, string>();

/** As much of a text as fits; SVG has no ellipsis of its own. */
export function fitInto(text: string, width: number, font: string): string {
  const key = `${font}\n${width}\n${text}`;
  let fit = fitting.get(key);
  if (fit === undefined) {
    fit = fitText(text, width, (part) => widthOf(part, font));
    if (fitting.size > 5000) fitting.clear();
    fitting.set(key, fit);
  }
  return fit;
}

/** How wide a short text is. */
export function textWidth(text: string, font: string): number {
  return widthOf(text, font);
}
