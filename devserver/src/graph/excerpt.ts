import type { Frame } from "../events.ts";

/** A frame with the lines around its place, as an editor would show them. */
export function createFrame(file: string, line: number, column: number, source: string): Frame {
  return { file, line, column, excerpt: excerpt(source, line, column) };
}

function excerpt(source: string, line: number, column: number): string {
  const lines = source.split(/\r?\n/);
  const first = Math.max(1, line - 2);
  const last = Math.min(lines.length, line + 2);
  const width = String(last).length;
  const shown: string[] = [];
  for (let number = first; number <= last; number++) {
    const text = lines[number - 1] ?? "";
    shown.push(`${number === line ? ">" : " "} ${String(number).padStart(width)} | ${text}`);
    // Tabs stay tabs, so that the mark stands under the place however wide a terminal draws them.
    if (number === line) {
      shown.push(`  ${" ".repeat(width)} | ${text.slice(0, column - 1).replace(/[^\t]/g, " ")}^`);
    }
  }
  return shown.join("\n");
}
