import type { Place, ViewName } from "../place.ts";

/** The letter that leads to a view, after `g`. */
export const viewKeys: Readonly<Record<string, ViewName>> = {
  g: "graph",
  s: "services",
  i: "instances",
  t: "traffic",
  c: "calls",
  e: "events",
};

/** What a key that no part of the page takes does. */
export interface ShortcutActions {
  readonly place: Place;
  readonly help: () => void;
  readonly search: () => void;
  /** Closes what is open on top. */
  readonly back: () => void;
}

const waitMs = 1500;

/**
 * Listens for keys. None of them counts while something is written, with Ctrl, Alt or Meta, or in a dialog.
 *
 * @returns what ends it
 */
export function listenForKeys(target: EventTarget, { place, help, search, back }: ShortcutActions): () => void {
  let leadAt = Number.NEGATIVE_INFINITY;
  const onKey = (event: Event): void => {
    const key = shortcutOf(event as KeyboardEvent);
    if (key === undefined) return;
    const isSecond = event.timeStamp - leadAt < waitMs;
    leadAt = Number.NEGATIVE_INFINITY;
    const view = Object.hasOwn(viewKeys, key) ? viewKeys[key] : undefined;
    if (isSecond && view !== undefined) place.go({ view });
    else if (key === "g") leadAt = event.timeStamp;
    else if (key === "?") help();
    else if (key === "/") search();
    else if (key === "Escape") back();
    else return;
    event.preventDefault();
  };
  target.addEventListener("keydown", onKey);
  return () => target.removeEventListener("keydown", onKey);
}

function shortcutOf(event: KeyboardEvent): string | undefined {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return undefined;
  const at = event.target instanceof Element ? event.target : undefined;
  if (at?.closest("dialog") !== null && at !== undefined) return undefined;
  return isWriting(at) ? undefined : event.key;
}

function isWriting(at: Element | undefined): boolean {
  if (at === undefined) return false;
  if (at instanceof HTMLElement && at.isContentEditable) return true;
  const isField = at.matches("input, textarea, select");
  return isField && !at.matches("[type=checkbox], [type=radio], [type=button], [type=range]");
}
