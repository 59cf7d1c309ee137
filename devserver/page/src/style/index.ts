import base from "./base.css";
import controls from "./controls.css";
import tables from "./tables.css";
import tokens from "./tokens.css";

/** Puts the style into the document; a sheet that a script makes needs no exception in the content security policy. */
export function adoptStyles(): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync([tokens, base, controls, tables].join("\n"));
  document.adoptedStyleSheets = [sheet];
}
