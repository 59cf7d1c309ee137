/** What a browser keeps for the page; it may keep nothing. */
export function keptText(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** Keeps a text for later visits; what cannot be kept is forgotten with the page. */
export function keepText(name: string, text: string): void {
  try {
    localStorage.setItem(name, text);
  } catch {}
}
