const quote = 0x22;
const backslash = 0x5c;

/** Whether the arrays and objects of a JSON text nest deeper than a limit; told without parsing, in one pass. */
export function isJsonDeeper(text: string, limit: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = endOfJsonString(text, at + 1);
      if (at === -1) return false;
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > limit) return true;
    } else if (code === 0x7d || code === 0x5d) {
      depth--;
    }
  }
  return false;
}

/** The position of the quote that ends a string, from behind the one that began it; -1 when none does. */
export function endOfJsonString(text: string, start: number): number {
  for (let end = text.indexOf('"', start); end !== -1; end = text.indexOf('"', end + 1)) {
    let before = end - 1;
    while (before >= start && text.charCodeAt(before) === backslash) before--;
    // Backslashes in pairs stand for themselves; one left over escapes the quote.
    if ((end - before) % 2 === 1) return end;
  }
  return -1;
}
