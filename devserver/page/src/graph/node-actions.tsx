import type { GraphModel } from "./graph-model.ts";
import { splitName } from "./names.ts";
import { card } from "./place-nodes.ts";

/** What can be done with the card that is selected, above it. */
export function NodeActions({ model }: { readonly model: GraphModel }) {
  const id = model.focus.selected.value;
  const node = id === undefined ? undefined : model.structure.value.nodes.get(id);
  const at = id === undefined ? undefined : model.cards.value.get(id);
  if (node === undefined || at === undefined || model.dragged.value !== undefined) return null;
  const { x, y } = model.view.toScreen({ x: at.x, y: at.y - card.height / 2 });
  const { namespace } = splitName(node.name);
  const isPinned = model.kept.pins.value.has(node.id);
  const canGroup = node.kind === "service" && (model.structure.value.namespaces.get(namespace) ?? 0) > 1;
  return (
    <div class="doings float" role="toolbar" aria-label={`${node.name}`} style={{ left: `${x}px`, top: `${y - 8}px` }}>
      <button type="button" class="button quiet" onClick={() => model.hide(node.id)} title="Hide this card (h)">
        Hide
      </button>
      <button
        type="button"
        class="button quiet"
        aria-pressed={isPinned}
        onClick={() => model.togglePin(node.id)}
        title="Keep this card where it is (p)"
      >
        {isPinned ? "Unpin" : "Pin"}
      </button>
      {node.kind === "group" ? (
        <button type="button" class="button quiet" onClick={() => model.toggleGroup(node.name)}>
          Expand
        </button>
      ) : null}
      {canGroup ? (
        <button
          type="button"
          class="button quiet"
          title={`One card for ${namespace}`}
          onClick={() => model.toggleGroup(namespace)}
        >
          Group {namespace}
        </button>
      ) : null}
    </div>
  );
}
