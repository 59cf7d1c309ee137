import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Point } from "./place-nodes.ts";
import { type Detail, detailAt, fitted, revealed, type Size, type Viewport, zoomed } from "./viewport.ts";

// A first look shows what can be read; all of a large graph can be had by a key.
const leastAtFirst = 0.42;
const leastOnPhone = 0.56;

/** Which part of the graph is on the screen. Until the reader moves it, all of it, as far as that can be read. */
export class GraphView {
  readonly viewport: Signal<Viewport> = signal({ x: 0, y: 0, k: 1 });
  readonly size: Signal<Size> = signal({ width: 0, height: 0 });
  /** As an attribute of an SVG. */
  readonly transform: ReadonlySignal<string> = computed(() => {
    const { x, y, k } = this.viewport.value;
    return `translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(${k.toFixed(4)})`;
  });
  readonly detail: ReadonlySignal<Detail> = computed(() => detailAt(this.viewport.value.k));
  private readonly cards: ReadonlySignal<ReadonlyMap<string, Point>>;
  private readonly isOurs: Signal<boolean> = signal(true);

  constructor(cards: ReadonlySignal<ReadonlyMap<string, Point>>) {
    this.cards = cards;
  }

  /** Follows what is placed, until it is told to stop. */
  start(): () => void {
    return effect(() => {
      if (!this.isOurs.value) return;
      const least = this.size.value.width < 500 ? leastOnPhone : leastAtFirst;
      this.viewport.value = fitted(this.cards.value.values(), this.size.value, least);
    });
  }

  /** Shows all of it, from now on. */
  fit(): void {
    this.isOurs.value = false;
    this.viewport.value = fitted(this.cards.peek().values(), this.size.peek());
  }

  /** Zooms around a point of the screen, by default its middle. */
  zoom(by: number, at?: Point): void {
    this.isOurs.value = false;
    const { width, height } = this.size.peek();
    this.viewport.value = zoomed(this.viewport.peek(), by, at ?? { x: width / 2, y: height / 2 });
  }

  pan(dx: number, dy: number): void {
    this.isOurs.value = false;
    const { x, y, k } = this.viewport.peek();
    this.viewport.value = { x: x + dx, y: y + dy, k };
  }

  /** Brings a card onto the screen. */
  reveal(id: string): void {
    const point = this.cards.peek().get(id);
    if (point === undefined) return;
    const next = revealed(this.viewport.peek(), point, this.size.peek());
    const { x, y } = this.viewport.peek();
    if (next.x === x && next.y === y) return;
    this.isOurs.value = false;
    this.viewport.value = next;
  }

  /** Where a point of the graph is on the screen. */
  toScreen({ x, y }: Point): Point {
    const view = this.viewport.value;
    return { x: view.x + x * view.k, y: view.y + y * view.k };
  }
}
