import type { Health } from "./node-state.ts";
import type { NodeKind } from "./structure.ts";

// Of 14 by 14, around their middle; each has a shape of its own, so that nobody needs the colour.
const healthIcons: Readonly<Record<Health, string>> = {
  up: "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0 -12 0M-2.8 0.2l2 2l3.6 -4",
  partly: "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0 -12 0M0 -6v12M0 -3h5M0 0h6M0 3h5",
  draining: "M-5 -6h10M-5 6h10M-4 -6c0 4 8 8 8 12M4 -6c0 4 -8 8 -8 12",
  failed: "M0 -6.5l6.8 12h-13.6zM0 -2.5v4M0 3.6v0.6",
  down: "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0 -12 0M-3 -3l6 6M3 -3l-6 6",
  unknown: "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0 -12 0M-1.8 -1.4c0 -2.6 3.6 -2.4 3.6 -0.2c0 1.4 -1.8 1.3 -1.8 2.8M0 3.2v0.4",
};

const kindIcons: Readonly<Partial<Record<NodeKind, string>>> = {
  topic: "M-6 -4h8M-6 0h12M-6 4h8M3 -6.5l3 2.5l-3 2.5",
  outside: "M-6 0h8M-1 -4l4 4l-4 4M6 -6v12",
};

/** The icon of a card. */
export function iconOf(kind: NodeKind, health: Health): string {
  return kindIcons[kind] ?? healthIcons[health];
}
