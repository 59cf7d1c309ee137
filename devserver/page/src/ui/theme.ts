import { type Signal, signal } from "@preact/signals";
import { keepText, keptText } from "./kept-text.ts";

/** Light and dark; `auto` is what the system has. */
export const themes = ["auto", "light", "dark"] as const;

/** The name of a theme. */
export type Theme = (typeof themes)[number];

const key = "micro.theme";

/** The theme of the page; kept for all later visits. */
export const theme: Signal<Theme> = signal("auto");

/** Goes on with the theme that was chosen last. */
export function restoreTheme(): void {
  setTheme(themes.find((name) => name === keptText(key)) ?? "auto");
}

/** Chooses a theme. */
export function setTheme(name: Theme): void {
  theme.value = name;
  if (name === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  keepText(key, name);
}
