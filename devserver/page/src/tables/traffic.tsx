import type { EdgeView } from "../../../src/hub/protocol.ts";
import { usePage } from "../page-context.ts";
import { Ago } from "../ui/ago.tsx";
import { Blank } from "../ui/blank.tsx";
import { countText } from "../ui/format.ts";
import { PastNote } from "../ui/past-note.tsx";
import { ServiceName } from "../ui/service-name.tsx";
import { type Column, SortableTable } from "../ui/sortable-table.tsx";
import { TableState } from "../ui/table-state.ts";
import { figureColumns } from "./figure-columns.tsx";
import { WindowPicker } from "./window-picker.tsx";

const tableState = new TableState("rate", "descending");

/** Who calls whom: the edges of the graph. */
export function Traffic() {
  const { state, place } = usePage();
  const { window } = place;
  return (
    <SortableTable
      title="Traffic"
      state={tableState}
      columns={columnsOf((edge) => edge.windows[window.value])}
      rows={[...state.edges.value.values()]}
      keyOf={({ id }) => String(id)}
      onOpen={(edge) => place.go({ service: serviceOf(edge), call: undefined })}
      isSelected={(edge) => place.service.value === serviceOf(edge)}
      tools={<WindowPicker />}
      note={<PastNote />}
      empty={
        <Blank title="Nobody has called anybody yet">Every call and every message shows here as it happens.</Blank>
      }
    />
  );
}

// The other end of a message is a topic, which has no panel.
function serviceOf({ kind, caller, callee }: EdgeView): string {
  return kind === "publish" ? caller : callee;
}

const kinds = { call: "calls", publish: "publishes to", deliver: "delivers to" };

function columnsOf(figuresOf: (edge: EdgeView) => EdgeView["windows"]["10s"]): readonly Column<EdgeView>[] {
  return [
    { id: "from", title: "From", value: ({ caller }) => caller, cell: ({ caller }) => <ServiceName name={caller} /> },
    {
      id: "kind",
      title: "Kind",
      value: ({ kind }) => kinds[kind],
      cell: ({ kind }) => <span class="faint">{kinds[kind]}</span>,
    },
    { id: "to", title: "To", value: ({ callee }) => callee, cell: ({ callee }) => <ServiceName name={callee} /> },
    { id: "method", title: "Method", value: ({ method }) => method },
    ...figureColumns(figuresOf),
    {
      id: "calls",
      title: "Total",
      isNumber: true,
      value: ({ calls }) => calls,
      cell: ({ calls }) => countText(calls),
    },
    {
      id: "items",
      title: "Items",
      isNumber: true,
      value: ({ items }) => items,
      cell: ({ items }) => (
        <span class={items === 0 ? "faint" : undefined}>{items === 0 ? "–" : countText(items)}</span>
      ),
    },
    {
      id: "last",
      title: "Last",
      isNumber: true,
      value: ({ lastAt }) => lastAt,
      cell: ({ lastAt }) => <Ago at={lastAt} />,
    },
  ];
}
