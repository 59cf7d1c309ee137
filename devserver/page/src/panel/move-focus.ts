/** Moves the focus among parts of what took a key: to the next and the one before, the first and the last. */
export function moveFocus(event: KeyboardEvent, selector: string, next = "ArrowDown", before = "ArrowUp"): void {
  const parts = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>(selector)];
  const at = parts.indexOf(event.target as HTMLElement);
  const last = parts.length - 1;
  const to = { [next]: at + 1, [before]: at - 1, PageDown: at + 10, PageUp: at - 10, Home: 0, End: last }[event.key];
  if (to === undefined || at < 0) return;
  event.preventDefault();
  parts[Math.max(0, Math.min(last, to))]?.focus();
}
