const exact: ReadonlySet<string> = new Set(["authorization", "proxy-authorization", "cookie", "set-cookie"]);

/** Whether a header or member of this name is likely to hold what nobody else may read: by its name alone. */
export function isSecretName(name: string): boolean {
  // Longer ones are no names that anybody reads; only looked at so far, so that it costs the same for all.
  const lower = name.slice(0, 128).toLowerCase();
  if (exact.has(lower) || lower.includes("secret") || lower.includes("password")) return true;
  return lower.startsWith("x-") && lower.endsWith("-token");
}

/** What stands in place of a secret. */
export const redacted = "[redacted]";
