import type { GraphModel } from "./graph-model.ts";
import type { Point } from "./place-nodes.ts";

// Less is a click with a hand that is not quite still.
const clickReach = 4;

/** What fingers and the mouse do: drag the graph or a card, pinch, and turn the wheel. */
export class Gestures {
  private readonly model: GraphModel;
  private readonly element: Element;
  private readonly pointers = new Map<number, Point>();
  private start: { at: Point; node: string | undefined; hasMoved: boolean } | undefined;

  constructor(model: GraphModel, element: Element) {
    this.model = model;
    this.element = element;
  }

  /** Listens, until it is told to stop. */
  listen(): () => void {
    const ends = new AbortController();
    const { signal } = ends;
    const on = <Name extends keyof GlobalEventHandlersEventMap>(
      name: Name,
      listener: (event: GlobalEventHandlersEventMap[Name]) => void,
      options: AddEventListenerOptions = {},
    ): void => this.element.addEventListener(name, listener as (event: Event) => void, { signal, ...options });
    on("pointerdown", (event) => this.down(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.up(event));
    on("pointercancel", (event) => this.up(event));
    on("click", (event) => this.click(event), { capture: true });
    on("wheel", (event) => this.wheel(event), { passive: false });
    return () => ends.abort();
  }

  private down(event: PointerEvent): void {
    if (event.button !== 0) return;
    const at = this.pointOf(event);
    this.pointers.set(event.pointerId, at);
    // A finger moves the graph wherever it is put down: on a small screen there is hardly a place between cards.
    const node = event.pointerType === "mouse" ? nodeOf(event.target) : undefined;
    if (this.pointers.size === 1) this.start = { at, node, hasMoved: false };
    else if (this.start !== undefined) this.start.hasMoved = true;
  }

  private move(event: PointerEvent): void {
    const before = this.pointers.get(event.pointerId);
    if (before === undefined || this.start === undefined) return;
    const at = this.pointOf(event);
    const { start } = this;
    if (!start.hasMoved && Math.hypot(at.x - start.at.x, at.y - start.at.y) < clickReach) return;
    if (!start.hasMoved) this.element.setPointerCapture(event.pointerId);
    start.hasMoved = true;
    this.pointers.set(event.pointerId, at);
    const [other] = [...this.pointers].filter(([id]) => id !== event.pointerId);
    if (other !== undefined) this.pinch(before, at, other[1]);
    else if (start.node === undefined) this.model.view.pan(at.x - before.x, at.y - before.y);
    else this.drag(start.node, { x: at.x - before.x, y: at.y - before.y });
  }

  private up(event: PointerEvent): void {
    this.pointers.delete(event.pointerId);
    const dragged = this.model.dragged.peek();
    this.model.dragged.value = undefined;
    if (dragged !== undefined) this.model.pin(dragged.id, dragged.at);
  }

  // The end of a drag is no click, neither on a card nor beside it.
  private click(event: Event): void {
    const hasMoved = this.start?.hasMoved === true;
    this.start = undefined;
    if (hasMoved) event.stopPropagation();
    else if (nodeOf(event.target) === undefined) this.model.focus.select(undefined);
  }

  private pinch(before: Point, at: Point, other: Point): void {
    const middle = { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 };
    const by = distance(at, other) / Math.max(1, distance(before, other));
    this.model.view.zoom(by, middle);
    this.model.view.pan((at.x - before.x) / 2, (at.y - before.y) / 2);
  }

  private drag(id: string, by: Point): void {
    const at = this.model.cards.peek().get(id);
    const { k } = this.model.view.viewport.peek();
    if (at !== undefined) this.model.dragged.value = { id, at: { x: at.x + by.x / k, y: at.y + by.y / k } };
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1;
    const isSideways = event.shiftKey || (!event.ctrlKey && Math.abs(event.deltaX) > Math.abs(event.deltaY));
    if (isSideways) this.model.view.pan(-(event.deltaX || event.deltaY) * unit, 0);
    // A pinch on a touchpad comes as a wheel with ctrl, in small steps.
    else this.model.view.zoom(Math.exp(-event.deltaY * unit * (event.ctrlKey ? 0.01 : 0.0016)), this.pointOf(event));
  }

  private pointOf({ clientX, clientY }: MouseEvent): Point {
    const { left, top } = this.element.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }
}

function distance(one: Point, other: Point): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}

function nodeOf(target: EventTarget | null): string | undefined {
  const node = target instanceof Element ? target.closest("[data-node]") : null;
  return node?.getAttribute("data-node") ?? undefined;
}
