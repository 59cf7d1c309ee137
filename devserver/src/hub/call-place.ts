import { statSync } from "node:fs";
import type { Frame } from "../events.ts";
import { frameAt, placeOfLine } from "../graph/stack-traces.ts";
import type { CapturedCall } from "../observe/captured-call.ts";

const maxLines = 20;
const maxExcerpt = 4096;

/** Where a call's handler threw: nothing when that is not known, or in none of the project's files. */
export function placeOfCall(
  { stack = "", startedAt, ms }: CapturedCall,
  files: ReadonlySet<string>,
): { readonly stack?: string; readonly frame?: Frame } {
  const own = stack.split("\n").flatMap((text) => {
    const place = placeOfLine(text);
    return place !== undefined && files.has(place.file) ? [{ text: text.trim(), place }] : [];
  });
  const [first] = own;
  if (first === undefined) return {};
  const lines = own.slice(0, maxLines).map(({ text }) => text);
  return { stack: lines.join("\n"), frame: frameSince(startedAt + ms, first.place) };
}

/** A file that was saved since has other lines there than those that ran. */
function frameSince(
  at: number,
  place: { readonly file: string; readonly line: number; readonly column: number },
): Frame {
  if (changedAt(place.file) > at) return { ...place, excerpt: "" };
  const frame = frameAt(place);
  return { ...frame, excerpt: frame.excerpt.slice(0, maxExcerpt) };
}

function changedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
}
