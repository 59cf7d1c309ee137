import base from "./base.css";
import calls from "./calls.css";
import controls from "./controls.css";
import forms from "./forms.css";
import graph from "./graph.css";
import panel from "./panel.css";
import tables from "./tables.css";
import timeline from "./timeline.css";
import tokens from "./tokens.css";

/** Puts the style into the document; a sheet that a script makes needs no exception in the content security policy. */
export function adoptStyles(): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync([tokens, base, controls, tables, graph, timeline, panel, forms, calls].join("\n"));
  document.adoptedStyleSheets = [sheet];
}
