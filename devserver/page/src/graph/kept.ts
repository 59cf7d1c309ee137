import { effect, type Signal, signal } from "@preact/signals";
import type { Point } from "./place-nodes.ts";

/** What the reader arranged, kept in this browser. */
export class Kept {
  /** Where cards were put by hand. */
  readonly pins: Signal<ReadonlyMap<string, Point>>;
  readonly hidden: Signal<ReadonlySet<string>>;
  /** Namespaces that are drawn as one card. */
  readonly collapsed: Signal<ReadonlySet<string>>;

  constructor(store: Store = localStorage) {
    this.pins = signal(new Map(readList(store, "pins").filter(isPin)));
    this.hidden = signal(new Set(readList(store, "hidden").filter(isText)));
    this.collapsed = signal(new Set(readList(store, "collapsed").filter(isText)));
    effect(() => write(store, "pins", [...this.pins.value]));
    effect(() => write(store, "hidden", [...this.hidden.value]));
    effect(() => write(store, "collapsed", [...this.collapsed.value]));
  }
}

type Store = Pick<Storage, "getItem" | "setItem">;

const prefix = "micro.graph.";

// It may be of an earlier version, or changed by hand.
function readList(store: Store, name: string): unknown[] {
  try {
    const list: unknown = JSON.parse(store.getItem(prefix + name) ?? "[]");
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}

// A browser may keep nothing for a page, or no more: then it is forgotten with the page.
function write(store: Store, name: string, list: readonly unknown[]): void {
  try {
    store.setItem(prefix + name, JSON.stringify(list));
  } catch {}
}

function isText(entry: unknown): entry is string {
  return typeof entry === "string";
}

function isPin(entry: unknown): entry is [string, Point] {
  if (!Array.isArray(entry) || typeof entry[0] !== "string") return false;
  const point = entry[1] as Partial<Point> | null | undefined;
  return Number.isFinite(point?.x) && Number.isFinite(point?.y);
}
