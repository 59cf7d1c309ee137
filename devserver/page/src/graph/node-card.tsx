import { useComputed } from "@preact/signals";
import { msText, perSecond, plural, shareText } from "../ui/format.ts";
import type { GraphModel } from "./graph-model.ts";
import { iconOf } from "./icons.ts";
import { errorLevel, errorShare } from "./link-figures.ts";
import { fitInto } from "./measure.ts";
import { splitName } from "./names.ts";
import { type NodeState, nodeSentence } from "./node-state.ts";
import { card } from "./place-nodes.ts";
import type { GraphNode } from "./structure.ts";

const left = -card.width / 2;
const top = -card.height / 2;
// As the style has them.
const nameSizes = { near: 14, middle: 18, far: 28 } as const;
const inner = card.width - 24;

/** A card of the graph. It follows its own figures and place alone. */
export function NodeCard({ model, node }: { readonly model: GraphModel; readonly node: GraphNode }) {
  const { id, kind, name } = node;
  const { focus } = model;
  const state = model.figures.node(node).value;
  const detail = model.view.detail.value;
  const swap = model.figures.fresh.value.get(name);
  const transform = useComputed(() => {
    const { x, y } = model.cards.value.get(id) ?? { x: 0, y: 0 };
    return `translate(${x} ${y})`;
  });
  const look = useComputed(() => {
    const lit = focus.lit.value;
    const isDim = lit !== undefined && !lit.has(id);
    return isDim ? "dim" : focus.selected.value === id ? "selected" : "";
  });
  const tabIndex = useComputed(() => (focus.current.value === id ? 0 : -1));
  const isSelected = useComputed(() => focus.selected.value === id);
  // Only whoever has come to it is told, so that it costs nothing for the others.
  const description = useComputed(() => (focus.pointed.value === id ? linksSentence(model, node) : ""));
  const isPinned = useComputed(() => model.kept.pins.value.has(id));
  const { short, namespace } = kind === "group" ? { short: name, namespace: "" } : splitName(name);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button of HTML cannot stand in an SVG
    <g
      class={`node ${kind} ${state.health} ${look.value}`}
      transform={transform}
      data-node={id}
      role="button"
      tabIndex={tabIndex}
      aria-pressed={isSelected}
      aria-label={nodeSentence(node, short, state)}
      aria-description={description}
      onClick={() => focus.select(id)}
      onDblClick={() => kind === "group" && model.toggleGroup(node.name)}
      onFocus={(event) => onFocus(model, id, event.currentTarget)}
      onBlur={() => focus.leave(id)}
      onPointerEnter={() => focus.point(id)}
      onPointerLeave={() => focus.leave(id)}
    >
      <title>{kind === "group" ? node.members.join("\n") : name}</title>
      {kind === "group" ? (
        <rect class="behind" x={left + 5} y={top + 5} width={card.width} height={card.height} rx={10} />
      ) : null}
      <rect class="card" x={left} y={top} width={card.width} height={card.height} rx={kind === "topic" ? 20 : 10} />
      {swap === undefined ? null : (
        <rect
          class="flash"
          key={swap.revision}
          x={left - 3}
          y={top - 3}
          width={card.width + 6}
          height={card.height + 6}
          rx={12}
        />
      )}
      <path class="icon drawn" d={iconOf(kind, state.health)} transform={`translate(${left + 20} ${top + 21})`} />
      <text class="name" x={left + 34} y={detail === "far" ? top + 43 : top + 26}>
        {fitInto(
          short,
          card.width - 44 - (swap === undefined && state.revision > 0 ? 26 : 0),
          `600 ${nameSizes[detail]}px`,
        )}
      </text>
      <Mark state={state} swapMs={swap?.ms} />
      <text class="space" x={left + 14} y={top + 42}>
        {fitInto(secondLine(node, namespace, state), swap === undefined ? inner : inner - 96, "11px")}
      </text>
      <StateLine node={node} state={state} />
      {isPinned.value ? (
        <path
          class="pin"
          d="M-3 -5h6l-1 4l2 2h-8l2 -2zM0 1v5"
          transform={`translate(${-left - 8} ${top + 2}) rotate(30)`}
        />
      ) : null}
    </g>
  );
}

function onFocus({ focus, view }: GraphModel, id: string, element: Element): void {
  focus.current.value = id;
  focus.point(id);
  // Whoever clicked it sees it.
  if (element.matches(":focus-visible")) view.reveal(id);
}

function Mark({ state, swapMs }: { readonly state: NodeState; readonly swapMs: number | undefined }) {
  if (swapMs !== undefined) {
    return (
      <text class="mark" x={-left - 12} y={top + 42}>
        <tspan class="swap">swapped {msText(swapMs)}</tspan>
      </text>
    );
  }
  return state.revision > 0 ? (
    <text class="mark" x={-left - 12} y={top + 25}>
      r{state.revision}
      <title>Swapped {plural(state.revision, "time")}</title>
    </text>
  ) : null;
}

function StateLine({ node, state }: { readonly node: GraphNode; readonly state: NodeState }) {
  const share = errorShare(state);
  return (
    <>
      <text class="state" x={left + 14} y={top + 57}>
        <tspan class="health">
          {node.kind === "outside" ? "" : node.kind === "topic" ? "topic" : state.healthText}
        </tspan>
        {state.isUncalled ? <tspan class="uncalled"> · not called</tspan> : null}
        {state.version === "" || state.isUncalled ? null : (
          <tspan class="version"> · {state.version.slice(0, 12)}</tspan>
        )}
      </text>
      <text class="rate" x={-left - 12} y={top + 57}>
        {share > 0 ? <tspan class={`fails ${errorLevel(share)}`}>✕ {shareText(share)} </tspan> : null}
        {state.rate > 0 ? <tspan class="flow">{perSecond(state.rate)}</tspan> : null}
      </text>
    </>
  );
}

function secondLine({ kind }: GraphNode, namespace: string, state: NodeState): string {
  if (kind === "outside") return state.healthText;
  if (kind === "group") return state.version;
  return kind === "topic" ? "" : namespace;
}

function linksSentence(model: GraphModel, { id }: GraphNode): string {
  const names = (ids: readonly string[]): string =>
    ids
      .slice(0, 12)
      .map((other) => splitName(other.slice(other.indexOf(":") + 1)).short)
      .join(", ");
  const to = names(model.focus.linked(id, "out"));
  const from = names(model.focus.linked(id, "in"));
  return [to === "" ? "" : `goes to ${to}`, from === "" ? "" : `comes from ${from}`].filter(Boolean).join("; ");
}
