import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { EdgeView } from "../../../src/hub/protocol.ts";
import type { WindowName } from "../../../src/observe/edge.ts";
import type { PastEdge } from "../../../src/observe/history.ts";
import type { Page } from "../page-context.ts";
import { type Moment, momentAt, momentMs } from "../timeline/past.ts";
import { combined, type Figures } from "./link-figures.ts";
import { type NodeState, nodeStateOf } from "./node-state.ts";
import { type GraphLink, type GraphNode, isEqual, type Structure } from "./structure.ts";

/** How one method of a link goes. */
export interface MethodFigures extends Figures {
  readonly id: number;
  /** Empty for messages. */
  readonly method: string;
}

/** How a service was swapped. */
export interface FreshSwap {
  readonly revision: number;
  readonly ms: number;
}

const freshMs = 6000;

/** What goes along links and how nodes are; each has a signal of its own, which tells only of changes that show. */
export class GraphFigures {
  /** The moment of the past that is shown; `undefined` for now, and for one that is not remembered. */
  readonly moment: ReadonlySignal<Moment | undefined>;
  /** Services that were swapped in the last seconds. */
  readonly fresh: Signal<ReadonlyMap<string, FreshSwap>> = signal(new Map());
  private readonly page: Page;
  private readonly incoming: ReadonlySignal<ReadonlyMap<string, readonly GraphLink[]>>;
  private readonly ofLinks = new WeakMap<GraphLink, ReadonlySignal<Figures>>();
  private readonly ofNodes = new WeakMap<GraphNode, ReadonlySignal<NodeState>>();

  constructor(page: Page, structure: ReadonlySignal<Structure>) {
    this.page = page;
    this.moment = computed(() => {
      const at = page.place.at.value;
      return at === undefined ? undefined : momentAt(page.past.moments.value, at);
    });
    this.incoming = computed(() => {
      const incoming = new Map<string, GraphLink[]>();
      for (const link of structure.value.links.values()) {
        incoming.set(link.target, [...(incoming.get(link.target) ?? []), link]);
      }
      return incoming;
    });
  }

  /** What goes along a link, all methods together. */
  link(link: GraphLink): ReadonlySignal<Figures> {
    return remembered(this.ofLinks, link, () => combined(this.methods(link)));
  }

  /** How a node is. */
  node(node: GraphNode): ReadonlySignal<NodeState> {
    return remembered(this.ofNodes, node, () => {
      const { state, place } = this.page;
      const links = this.incoming.value.get(node.id) ?? [];
      return nodeStateOf(node, {
        services: state.services.value,
        own: state.own.value,
        past: place.at.value === undefined ? undefined : (this.moment.value?.services ?? new Map()),
        incoming: combined(links.map((link) => this.link(link).value)),
      });
    });
  }

  /** The methods of a link, the busiest first. */
  methods(link: GraphLink): MethodFigures[] {
    const { state, place } = this.page;
    const window = place.window.value;
    if (place.at.value === undefined) {
      const edges = state.edges.value;
      return sorted(link.edges.flatMap((id) => liveFigures(edges.get(id), window)));
    }
    const then = this.moment.value?.edges;
    return sorted(link.edges.flatMap((id) => pastFigures(then?.get(id))));
  }

  /** Notes swaps, until it is told to stop. */
  start(): () => void {
    let last = this.page.state.events.peek().at(-1)?.number ?? 0;
    const timers = new Set<ReturnType<typeof setTimeout>>();
    const stop = effect(() => {
      const events = this.page.state.events.value;
      const begun = last === 0;
      const swaps = events.filter(({ number, type }) => number > last && type === "swapped");
      last = events.at(-1)?.number ?? last;
      // What the page is told at first happened before it was opened.
      if (begun || swaps.length === 0) return;
      const next = new Map(this.fresh.peek());
      for (const event of swaps) {
        if (event.type !== "swapped") continue;
        const swap = { revision: event.revision, ms: event.totalMs };
        next.set(event.service, swap);
        timers.add(setTimeout(() => this.forget(event.service, swap), freshMs));
      }
      this.fresh.value = next;
    });
    return () => {
      stop();
      for (const timer of timers) clearTimeout(timer);
      this.fresh.value = new Map();
    };
  }

  private forget(service: string, swap: FreshSwap): void {
    if (this.fresh.peek().get(service) !== swap) return;
    const next = new Map(this.fresh.peek());
    next.delete(service);
    this.fresh.value = next;
  }
}

function remembered<Key extends object, Value extends object>(
  known: WeakMap<Key, ReadonlySignal<Value>>,
  key: Key,
  compute: () => Value,
): ReadonlySignal<Value> {
  const found = known.get(key);
  if (found !== undefined) return found;
  let last: Value | undefined;
  const made = computed(() => {
    const next = compute();
    if (last === undefined || !isEqual(last, next)) last = next;
    return last;
  });
  known.set(key, made);
  return made;
}

function liveFigures(edge: EdgeView | undefined, window: WindowName): MethodFigures[] {
  if (edge === undefined) return [];
  const { rate, errorRate, p50Ms, p95Ms } = edge.windows[window];
  return [{ id: edge.id, method: edge.method, rate, errorRate, p50Ms, p95Ms }];
}

function pastFigures(edge: PastEdge | undefined): MethodFigures[] {
  if (edge === undefined) return [];
  const { id, method, calls, errors, p50Ms, p95Ms } = edge;
  const seconds = momentMs / 1000;
  return [{ id, method, rate: calls / seconds, errorRate: errors / seconds, p50Ms, p95Ms }];
}

function sorted(methods: MethodFigures[]): MethodFigures[] {
  return methods.sort((one, other) => other.rate - one.rate || (one.method < other.method ? -1 : 1));
}
