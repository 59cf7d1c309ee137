/** Whether a value is a string that UTF-8 can carry: one without lone surrogates, the halves of an emoji. */
export function isText(value: unknown): value is string {
  // Node 20 has the method, the library of es2023 has not its type.
  return typeof value === "string" && (value as string & { isWellFormed(): boolean }).isWellFormed();
}
