import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { CallSummary } from "../../../src/hub/protocol.ts";
import type { Page } from "../page-context.ts";
import { splitName } from "./names.ts";
import { type GraphNode, type Structure, serviceId } from "./structure.ts";
import { stepsOf } from "./trace-steps.ts";

/** What of the graph is looked at: what is selected, searched for, pointed at, and the way of a call. */
export class GraphFocus {
  /** What is searched for. */
  readonly query: Signal<string> = signal("");
  /** The node or link under the pointer, or with the focus. */
  readonly pointed: Signal<string | undefined> = signal(undefined);
  /** The node that Tab leads to. */
  readonly current: Signal<string | undefined> = signal(undefined);
  /** The id of the node that is selected. */
  readonly selected: ReadonlySignal<string | undefined>;
  /** The ids of nodes that the search finds; `undefined` without one. */
  readonly found: ReadonlySignal<ReadonlySet<string> | undefined>;
  /** By link: the places in its trace of the call that is looked at. */
  readonly steps: ReadonlySignal<ReadonlyMap<string, readonly number[]> | undefined>;
  /** The ids of nodes and links that are not dimmed; `undefined` when none is. */
  readonly lit: ReadonlySignal<ReadonlySet<string> | undefined>;
  private readonly page: Page;
  private readonly structure: ReadonlySignal<Structure>;
  // Topics and groups have no panel, so the page's place knows nothing of them.
  private readonly picked: Signal<string | undefined> = signal(undefined);

  constructor(page: Page, structure: ReadonlySignal<Structure>) {
    this.page = page;
    this.structure = structure;
    this.selected = computed(() => this.selectedNow());
    this.found = computed(() => this.foundNow());
    this.steps = computed(() => this.stepsNow());
    this.lit = computed(() => this.litNow());
  }

  /** Selects a node; for a service that opens its panel. */
  select(id: string | undefined): void {
    const node = id === undefined ? undefined : this.structure.peek().nodes.get(id);
    const { place } = this.page;
    const service = node?.kind === "service" ? node.name : undefined;
    this.picked.value = service === undefined ? node?.id : undefined;
    if (service !== place.service.peek() || place.call.peek() !== undefined) place.go({ service, call: undefined });
  }

  /** The pointer or the focus came to a node or link. */
  point(id: string): void {
    this.pointed.value = id;
  }

  /** It left it. */
  leave(id: string): void {
    if (this.pointed.peek() === id) this.pointed.value = undefined;
  }

  /** The ids of the nodes that are linked to one, by direction. */
  linked(id: string, way: "in" | "out"): string[] {
    const links = [...this.structure.peek().links.values()];
    return way === "out"
      ? links.filter(({ source }) => source === id).map(({ target }) => target)
      : links.filter(({ target }) => target === id).map(({ source }) => source);
  }

  private selectedNow(): string | undefined {
    const service = this.page.place.service.value;
    const id = service === undefined ? this.picked.value : this.nodeOf("service", service);
    return id !== undefined && this.structure.value.nodes.has(id) ? id : undefined;
  }

  private foundNow(): ReadonlySet<string> | undefined {
    const query = this.query.value.trim().toLowerCase();
    if (query === "") return undefined;
    const isFound = ({ name, members }: GraphNode): boolean =>
      [name, ...members].some((text) => text.toLowerCase().includes(query));
    return new Set([...this.structure.value.nodes.values()].filter(isFound).map(({ id }) => id));
  }

  private stepsNow(): ReadonlyMap<string, readonly number[]> | undefined {
    const id = this.page.place.call.value;
    if (id === undefined) return undefined;
    const steps = new Map<string, number[]>();
    for (const [at, call] of stepsOf(this.page.state.calls.value, id).entries()) {
      const link = this.linkOf(call);
      steps.set(link, [...(steps.get(link) ?? []), at + 1]);
    }
    return steps.size === 0 ? undefined : steps;
  }

  private linkOf({ kind, caller, service }: CallSummary): string {
    const source = kind === "deliver" ? `topic:${caller}` : this.nodeOf("outside", caller);
    const target = kind === "publish" ? `topic:${service}` : this.nodeOf("service", service);
    return `${source}\n${target}`;
  }

  private nodeOf(kind: "service" | "outside", name: string): string {
    const { nodes } = this.structure.value;
    if (kind === "outside" && nodes.has(`outside:${name}`)) return `outside:${name}`;
    const group = `group:${splitName(name).namespace}`;
    return nodes.has(group) ? group : serviceId(name);
  }

  private litNow(): ReadonlySet<string> | undefined {
    const links = [...this.structure.value.links.values()];
    const steps = this.steps.value;
    if (steps !== undefined) {
      return new Set(links.flatMap(({ id, source, target }) => (steps.has(id) ? [id, source, target] : [])));
    }
    const found = this.found.value;
    if (found !== undefined) {
      const between = links.filter(({ source, target }) => found.has(source) && found.has(target));
      return new Set([...found, ...between.map(({ id }) => id)]);
    }
    const selected = this.selected.value;
    if (selected === undefined) return undefined;
    const own = links.filter(({ source, target }) => source === selected || target === selected);
    return new Set([selected, ...own.flatMap(({ id, source, target }) => [id, source, target])]);
  }
}
