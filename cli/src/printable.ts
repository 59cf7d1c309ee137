/**
 * A text of others as part of a line: without control characters (C0, DEL, C1), so that it can neither move the
 * cursor, nor colour the terminal, nor begin a line of its own.
 */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, "");
}

/** A text of several lines: as {@link printable}, but tabs and newlines stay. */
export function printableLines(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");
}

/** A value as JSON indented with tabs. Control characters are escaped, also those that JSON itself lets through. */
export function toJson(value: unknown): string {
  return stringify(value ?? {}, "\t");
}

/** A value as JSON on one line, likewise. */
export function toJsonLine(value: unknown): string {
  return stringify(value ?? null);
}

function stringify(value: unknown, indent?: string): string {
  const text = JSON.stringify(value, toPlain, indent);
  return text.replace(/[\u007f-\u009f]/g, (control) => `\\u00${control.charCodeAt(0).toString(16)}`);
}

/** What JSON cannot say: bytes are base64, as in Go, and a bigint is its digits. */
function toPlain(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length).toString("base64");
  return typeof value === "bigint" ? String(value) : value;
}
