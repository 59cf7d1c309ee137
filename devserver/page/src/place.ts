import { type Signal, signal } from "@preact/signals";
import type { WindowName } from "../../src/observe/edge.ts";

/** What fills the middle of the page. */
export const views = ["graph", "services", "instances", "traffic", "calls", "events"] as const;

/** The name of a view. */
export type ViewName = (typeof views)[number];

/** Where in the page its reader is; kept in the fragment of the address, so that back, forward and reload work. */
export class Place {
  readonly view: Signal<ViewName> = signal("graph");
  /** The service whose panel is open. */
  readonly service: Signal<string | undefined> = signal(undefined);
  /** The id of the call that is looked at. */
  readonly call: Signal<string | undefined> = signal(undefined);
  /** The span that rates and latencies are of. */
  readonly window: Signal<WindowName> = signal("10s");
  /** The moment of the past that is shown, on the server's clock; `undefined` is now. */
  readonly at: Signal<number | undefined> = signal(undefined);

  /** Reads the address, and writes what changes into it from now on. */
  constructor() {
    this.read();
    addEventListener("hashchange", () => this.read());
  }

  /** Goes somewhere else; what is not named stays. */
  go(to: { view?: ViewName; service?: string | undefined; call?: string | undefined; window?: WindowName }): void {
    const { view = this.view.value, window = this.window.value } = to;
    const { service, call } = { service: this.service.value, call: this.call.value, ...to };
    const shown = Object.entries({ service, call, window: window === "10s" ? undefined : window });
    const query = new URLSearchParams(shown.filter((entry): entry is [string, string] => entry[1] !== undefined));
    const hash = `#/${view}${query.size === 0 ? "" : `?${query}`}`;
    if (location.hash !== hash) history.pushState(null, "", hash);
    this.read();
  }

  private read(): void {
    const [, view = "graph", text = ""] = /^#\/(\w+)(?:\?(.*))?$/.exec(location.hash) ?? [];
    const query = new URLSearchParams(text);
    const window = query.get("window");
    this.view.value = views.find((name) => name === view) ?? "graph";
    this.service.value = query.get("service") ?? undefined;
    this.call.value = query.get("call") ?? undefined;
    this.window.value = window === "1m" || window === "5m" ? window : "10s";
  }
}
