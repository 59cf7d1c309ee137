import base from "./base.css";
import controls from "./controls.css";
import graph from "./graph.css";
import tables from "./tables.css";
import timeline from "./timeline.css";
import tokens from "./tokens.css";

/** Puts the style into the document; a sheet that a script makes needs no exception in the content security policy. */
export function adoptStyles(): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync([tokens, base, controls, tables, graph, timeline].join("\n"));
  document.adoptedStyleSheets = [sheet];
}
