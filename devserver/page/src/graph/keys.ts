import type { GraphModel } from "./graph-model.ts";
import { type Direction, neighbourOf } from "./neighbours.ts";

const arrows: Readonly<Record<string, Direction>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};
const panStep = 60;

/**
 * What a key does in the graph.
 *
 * @param focused the id of the node or link that has the focus
 * @param focusOn gives it to another one
 * @returns whether the key is used
 */
export function onKey(
  model: GraphModel,
  event: Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey">,
  focused: string | undefined,
  focusOn: (id: string) => void,
): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const direction = arrows[event.key];
  if (direction !== undefined) return onArrow(model, direction, event.shiftKey, focused, focusOn);
  return onViewKey(model, event.key) || onOtherKey(model, event.key, focused, focusOn);
}

function onArrow(
  model: GraphModel,
  direction: Direction,
  shifted: boolean,
  focused: string | undefined,
  focusOn: (id: string) => void,
): boolean {
  if (shifted || focused === undefined) {
    const by = { left: [panStep, 0], right: [-panStep, 0], up: [0, panStep], down: [0, -panStep] }[direction];
    model.view.pan(by[0] as number, by[1] as number);
    return true;
  }
  const link = model.structure.peek().links.get(focused);
  if (link !== undefined) {
    const next =
      direction === "left" ? link.source : direction === "right" ? link.target : beside(model, focused, direction);
    if (next !== undefined) focusOn(next);
    return true;
  }
  const linked = model.focus.linked(focused, direction === "left" ? "in" : "out");
  const next = neighbourOf(focused, direction, model.cards.peek(), linked);
  if (next !== undefined) focusOn(next);
  return true;
}

// The other lines that begin where this one does, from top to bottom.
function beside({ structure, routes }: GraphModel, id: string, direction: Direction): string | undefined {
  const source = structure.peek().links.get(id)?.source;
  const own = [...structure.peek().links.values()].filter((link) => link.source === source).map((link) => link.id);
  const heightOf = (one: string): number => routes.peek().get(one)?.y ?? 0;
  own.sort((one, other) => heightOf(one) - heightOf(other));
  return own[own.indexOf(id) + (direction === "up" ? -1 : 1)];
}

function onViewKey({ view }: GraphModel, key: string): boolean {
  switch (key) {
    case "+":
    case "=":
      view.zoom(1.25);
      return true;
    case "-":
      view.zoom(1 / 1.25);
      return true;
    case "0":
      view.fit();
      return true;
    default:
      return false;
  }
}

function onOtherKey(
  model: GraphModel,
  key: string,
  focused: string | undefined,
  focusOn: (id: string) => void,
): boolean {
  const { focus, structure } = model;
  if (key === "Escape") {
    focus.query.value = "";
    focus.select(undefined);
    return true;
  }
  if (focused === undefined) return false;
  const node = structure.peek().nodes.get(focused);
  switch (key) {
    case "Enter":
    case " ":
      if (node !== undefined) focus.select(node.id);
      return node !== undefined;
    case "l": {
      const out = [...structure.peek().links.values()].find(({ source }) => source === focused);
      if (out !== undefined) focusOn(out.id);
      return true;
    }
    case "h":
      if (node !== undefined) model.hide(node.id);
      return true;
    case "p":
      if (node !== undefined) model.togglePin(node.id);
      return true;
    case "x":
      if (node?.kind === "group") model.toggleGroup(node.name);
      return true;
    default:
      return false;
  }
}
