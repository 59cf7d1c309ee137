import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { EdgeKey } from "../../../src/observe/edge.ts";
import type { Page } from "../page-context.ts";
import { toggled } from "../ui/toggled.ts";
import { GraphFigures } from "./graph-figures.ts";
import { GraphFocus } from "./graph-focus.ts";
import { GraphView } from "./graph-view.ts";
import { Kept } from "./kept.ts";
import { type LabelPlace, labelPlaces } from "./label-room.ts";
import { nothingPlaced, type Placed, type PlaceInput, type Point, placeNodes, withoutGone } from "./place-nodes.ts";
import { type Route, routesOf } from "./routes.ts";
import { isEqual, noStructure, type Structure, structureOf } from "./structure.ts";

// Services that start together come one after the other; they are placed once.
const settleMs = 300;

/** What is drawn and where, derived of the page's state. It outlives the graph's view, so that one finds it as it was. */
export class GraphModel {
  readonly page: Page;
  readonly kept: Kept = new Kept();
  readonly figures: GraphFigures;
  readonly focus: GraphFocus;
  readonly view: GraphView;
  /** Where things were placed last. It changes when services or links come, and never because of figures. */
  readonly placed: Signal<Placed> = signal(nothingPlaced);
  /** A card on its way by hand. */
  readonly dragged: Signal<{ readonly id: string; readonly at: Point } | undefined> = signal(undefined);
  readonly structure: ReadonlySignal<Structure>;
  /** Where the cards are: as placed, or put by hand. */
  readonly cards: ReadonlySignal<ReadonlyMap<string, Point>>;
  readonly routes: ReadonlySignal<ReadonlyMap<string, Route>>;
  readonly labels: ReadonlySignal<ReadonlyMap<string, LabelPlace>>;

  constructor(page: Page) {
    this.page = page;
    let before: Structure = noStructure;
    this.structure = computed(() => {
      before = this.drawn(before);
      return before;
    });
    this.cards = computed(() => this.cardsNow());
    this.routes = withKept(() => this.routesNow());
    this.labels = withKept(() => labelPlaces(this.routes.value, this.cards.value.values()));
    this.view = new GraphView(this.cards);
    this.figures = new GraphFigures(page, this.structure);
    this.focus = new GraphFocus(page, this.structure);
  }

  /** Follows what happens, until it is told to stop. */
  start(): () => void {
    const shape = computed(() => {
      const { nodes, links } = this.structure.value;
      return [...nodes.keys(), ...links.keys()].join("\0");
    });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stopPlacing = effect(() => {
      const isFilled = shape.value !== "" && this.page.state.isFilled.value;
      clearTimeout(timer);
      if (isFilled) timer = setTimeout(() => this.place(), this.placed.peek() === nothingPlaced ? 0 : settleMs);
    });
    const stops = [stopPlacing, this.figures.start(), this.view.start()];
    return () => {
      clearTimeout(timer);
      for (const stop of stops) stop();
    };
  }

  /** Places everything anew, without heed of where it was or was put. */
  tidy(): void {
    this.kept.pins.value = new Map();
    this.placed.value = placeNodes({ ...this.placeInput(), before: new Map() });
  }

  /** Puts a card somewhere, to stay there; `undefined` lets it go back. */
  pin(id: string, at: Point | undefined): void {
    const pins = new Map(this.kept.pins.value);
    if (at === undefined) pins.delete(id);
    else pins.set(id, { x: Math.round(at.x), y: Math.round(at.y) });
    this.kept.pins.value = pins;
  }

  /** Keeps a card where it is, or lets it go. */
  togglePin(id: string): void {
    this.pin(id, this.kept.pins.peek().has(id) ? undefined : this.cards.peek().get(id));
  }

  /** Draws the services of a namespace as one card, or one by one again. */
  toggleGroup(name: string): void {
    this.kept.collapsed.value = toggled(this.kept.collapsed.value, name);
  }

  hide(id: string): void {
    this.focus.select(undefined);
    this.kept.hidden.value = new Set([...this.kept.hidden.value, id]);
  }

  showHidden(): void {
    this.kept.hidden.value = new Set();
  }

  /** Selects the first card that the search finds, and brings it into view. */
  selectFirst(): void {
    const [first] = this.focus.found.value ?? [];
    if (first === undefined) return;
    this.focus.query.value = "";
    this.focus.select(first);
    this.focus.current.value = first;
    this.view.reveal(first);
  }

  private place(): void {
    const input = this.placeInput();
    performance.mark("graph-layout");
    this.placed.value = withoutGone(this.placed.peek(), input) ?? placeNodes(input);
    performance.measure("graph-layout", "graph-layout");
  }

  private placeInput(): PlaceInput {
    const { nodes, links } = this.structure.peek();
    return {
      nodes: [...nodes.keys()],
      links: [...links.values()].map(({ id, source, target }) => ({ id, source, target })),
      before: this.placed.peek().nodes,
    };
  }

  private drawn(before: Structure): Structure {
    const { state, place, past } = this.page;
    const edges = new Map<number, EdgeKey & { readonly id: number }>(state.edges.value);
    const services = new Set([...state.services.value.keys(), ...state.own.value.keys()]);
    if (place.at.value !== undefined) {
      // All of the past at once, so that nothing moves while one goes through it.
      for (const moment of past.moments.value) {
        for (const [id, edge] of moment.edges) if (!edges.has(id)) edges.set(id, edge);
        for (const name of moment.services.keys()) services.add(name);
      }
    }
    const { hidden, collapsed } = this.kept;
    const input = { services, edges: edges.values(), hidden: hidden.value, collapsed: collapsed.value };
    return structureOf(input, before);
  }

  private cardsNow(): Map<string, Point> {
    const pins = this.kept.pins.value;
    const dragged = this.dragged.value;
    const { nodes } = this.structure.value;
    const cards = new Map<string, Point>();
    for (const [id, point] of this.placed.value.nodes) {
      if (nodes.has(id)) cards.set(id, dragged?.id === id ? dragged.at : (pins.get(id) ?? point));
    }
    return cards;
  }

  private routesNow(): Map<string, Route> {
    const cards = this.cards.value;
    const pins = this.kept.pins.value;
    const dragged = this.dragged.value?.id;
    const links = [...this.structure.value.links.values()];
    const placed = this.placed.value;
    const isMoved = (id: string): boolean => {
      const [pin, was] = [pins.get(id), placed.nodes.get(id)];
      return dragged === id || (pin !== undefined && (pin.x !== was?.x || pin.y !== was.y));
    };
    return routesOf(links, placed, (id) => cards.get(id), isMoved);
  }
}

// An entry that is as it was stays the same object, so that what is drawn of it is not drawn again.
function withKept<Entry extends object>(compute: () => Map<string, Entry>): ReadonlySignal<ReadonlyMap<string, Entry>> {
  let last: ReadonlyMap<string, Entry> = new Map();
  return computed(() => {
    const next = compute();
    for (const [id, entry] of next) {
      const before = last.get(id);
      if (before !== undefined && isEqual(before, entry)) next.set(id, before);
    }
    last = next;
    return next;
  });
}

const models = new WeakMap<Page, GraphModel>();

/** The graph's model of a page; there is one. */
export function graphModelOf(page: Page): GraphModel {
  const known = models.get(page);
  if (known !== undefined) return known;
  const model = new GraphModel(page);
  models.set(page, model);
  return model;
}
