import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { usePage } from "../page-context.ts";
import { plural, timeText } from "../ui/format.ts";
import { Gestures } from "./gestures.ts";
import { type GraphModel, graphModelOf } from "./graph-model.ts";
import { onKey } from "./keys.ts";
import { Legend } from "./legend.tsx";
import { LinkDetails } from "./link-details.tsx";
import { LinkLabel, LinkLine } from "./link-line.tsx";
import { NodeActions } from "./node-actions.tsx";
import { NodeCard } from "./node-card.tsx";
import type { Placed, Point } from "./place-nodes.ts";
import { Toolbar } from "./toolbar.tsx";

/** The system as it runs: who calls whom, and how that goes. */
export function Graph() {
  const page = usePage();
  const model = graphModelOf(page);
  useEffect(() => model.start(), [model]);
  return (
    <section class="graph" aria-label="Graph" onKeyDown={(event) => takeKey(model, event)}>
      <Toolbar model={model} />
      <div class="stage">
        <Drawing model={model} />
        <Moment model={model} />
        <LinkDetails model={model} />
        <NodeActions model={model} />
        <Legend />
        <ZoomButtons model={model} />
        <Empty model={model} />
      </div>
    </section>
  );
}

function Drawing({ model }: { readonly model: GraphModel }) {
  const svg = useRef<SVGSVGElement>(null);
  useLayoutEffect(() => {
    const element = svg.current as SVGSVGElement;
    const observer = new ResizeObserver(() => measure(model, element));
    measure(model, element);
    observer.observe(element);
    const stop = new Gestures(model, element).listen();
    return () => {
      observer.disconnect();
      stop();
    };
  }, [model]);
  const { nodes, links } = model.structure.value;
  const count = `${plural(nodes.size, "card")} and ${plural(links.size, "line")}`;
  const isDragging = model.dragged.value !== undefined;
  return (
    // biome-ignore lint/a11y/useSemanticElements: there is no element of HTML for a drawing
    <svg
      ref={svg}
      class={`drawing ${model.view.detail.value} ${isDragging ? "dragging" : ""}`}
      role="group"
      aria-label={`Services and what goes between them: ${count}. Arrow keys follow the lines, l goes to a line.`}
    >
      <Layers model={model} />
    </svg>
  );
}

/** What is drawn, from the back to the front. It changes with the set of things, not with their figures. */
function Layers({ model }: { readonly model: GraphModel }) {
  const { nodes, links } = model.structure.value;
  const placed = model.placed.value;
  const cards = [...nodes.values()].filter(({ id }) => placed.nodes.has(id));
  const lines = [...links.values()].filter(({ id }) => placed.routes.has(id));
  const first = firstOf(placed)?.[0];
  const { current } = model.focus;
  if (current.peek() === undefined || !nodes.has(current.peek() as string)) current.value = first;
  return (
    <g transform={model.view.transform}>
      <g class="links" key={lines.length}>
        {lines.map((link) => (
          <LinkLine key={link.id} model={model} link={link} />
        ))}
      </g>
      <g class="nodes">
        {cards.map((node) => (
          <NodeCard key={node.id} model={model} node={node} />
        ))}
      </g>
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus; lines and cards say the same */}
      <g class="labels" aria-hidden="true">
        {lines.map((link) => (
          <LinkLabel key={link.id} model={model} link={link} />
        ))}
      </g>
    </g>
  );
}

function Moment({ model }: { readonly model: GraphModel }) {
  const { place, state } = model.page;
  const at = place.at.value;
  if (at === undefined) return null;
  return (
    <p class="moment float" role="status">
      <span>
        <strong>{timeText(at - state.aheadMs.peek())}</strong>
        {model.figures.moment.value === undefined ? ", not remembered" : ""}, live paused
      </span>
      <button type="button" class="button primary" onClick={() => (place.at.value = undefined)}>
        Live
      </button>
    </p>
  );
}

function ZoomButtons({ model: { view } }: { readonly model: GraphModel }) {
  return (
    <div class="zoom" role="toolbar" aria-label="Zoom">
      <button
        type="button"
        class="button icon"
        aria-label="Zoom in"
        title="Zoom in (+)"
        onClick={() => view.zoom(1.25)}
      >
        +
      </button>
      <button
        type="button"
        class="button icon"
        aria-label="Zoom out"
        title="Zoom out (-)"
        onClick={() => view.zoom(1 / 1.25)}
      >
        −
      </button>
      <button type="button" class="button" title="Show all (0)" onClick={() => view.fit()}>
        Fit
      </button>
    </div>
  );
}

function Empty({ model }: { readonly model: GraphModel }) {
  const { nodes, hidden } = model.structure.value;
  if (nodes.size > 0 && model.placed.value.nodes.size > 0) return null;
  if (!model.page.state.isFilled.value) return null;
  if (nodes.size > 0) return <p class="empty">Placing {plural(nodes.size, "card")} …</p>;
  return (
    <p class="empty">
      {hidden.length > 0 ? "Everything is hidden." : "No service is known yet. It appears here as soon as it starts."}
    </p>
  );
}

// Where calls come from: there the keyboard begins.
function firstOf({ nodes }: Placed): [string, Point] | undefined {
  return [...nodes].sort(([, one], [, other]) => one.x - other.x || one.y - other.y)[0];
}

function measure({ view, focus }: GraphModel, element: Element): void {
  const { width, height } = element.getBoundingClientRect();
  const size = view.size.peek();
  if (size.width === width && size.height === height) return;
  view.size.value = { width, height };
  // The panel that a selection opens takes room: what is selected stays in sight.
  const selected = focus.selected.peek();
  if (selected !== undefined) view.reveal(selected);
}

function takeKey(model: GraphModel, event: KeyboardEvent): void {
  const target = event.target as Element;
  const isField = target.matches("input, button, summary");
  if (isField && event.key !== "Escape") return;
  const focused = target.getAttribute("data-node") ?? target.getAttribute("data-link") ?? undefined;
  const section = event.currentTarget as Element;
  if (onKey(model, event, focused, (id) => focusOn(section, id))) event.preventDefault();
}

function focusOn(section: Element, id: string): void {
  const quoted = CSS.escape(id);
  section.querySelector<SVGElement>(`[data-node="${quoted}"], [data-link="${quoted}"]`)?.focus();
}
