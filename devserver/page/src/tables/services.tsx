import type { DevService } from "../../../src/dev-host.ts";
import type { ServiceView } from "../../../src/hub/protocol.ts";
import type { WindowFigures } from "../../../src/observe/edge.ts";
import { noFigures } from "../graph/link-figures.ts";
import { usePage } from "../page-context.ts";
import { healthOf } from "../panel/health.ts";
import { Blank } from "../ui/blank.tsx";
import { fileText } from "../ui/format.ts";
import { PastNote } from "../ui/past-note.tsx";
import { ServiceName } from "../ui/service-name.tsx";
import { type Column, SortableTable } from "../ui/sortable-table.tsx";
import { TableState } from "../ui/table-state.ts";
import { figureColumns } from "./figure-columns.tsx";
import { incomingOf } from "./figures.ts";
import { WindowPicker } from "./window-picker.tsx";

interface Row {
  readonly name: string;
  /** What the registry knows of it. */
  readonly seen: ServiceView | undefined;
  /** What this process runs of it. */
  readonly own: DevService | undefined;
  readonly incoming: WindowFigures;
}

const tableState = new TableState("name");

/** All services: those that the registry knows, and those of this process that are not served. */
export function Services() {
  const { state, place } = usePage();
  const services = state.services.value;
  const own = state.own.value;
  const incoming = incomingOf(state.edges.value.values(), place.window.value);
  const names = new Set([...services.keys(), ...own.keys()]);
  const rows = [...names].map((name) => ({
    name,
    seen: services.get(name),
    own: own.get(name),
    incoming: incoming.get(name) ?? noFigures,
  }));
  return (
    <SortableTable
      title="Services"
      state={tableState}
      columns={columns}
      rows={rows}
      keyOf={({ name }) => name}
      onOpen={({ name }) => place.go({ service: name, call: undefined })}
      isSelected={({ name }) => place.service.value === name}
      tools={<WindowPicker />}
      note={<PastNote />}
      empty={
        <Blank title="No service runs yet">
          Write one into a file that <code>services</code> of the config names: it appears here when it is saved.
        </Blank>
      }
    />
  );
}

const columns: readonly Column<Row>[] = [
  { id: "name", title: "Service", value: ({ name }) => name, cell: ({ name }) => <ServiceName name={name} /> },
  {
    id: "health",
    title: "Health",
    value: healthText,
    cell: (row) => <span class={`badge ${healthOf(row.own, row.seen).kind}`}>{healthText(row)}</span>,
  },
  {
    id: "instances",
    title: "Instances",
    isNumber: true,
    value: ({ seen }) => seen?.nodes.filter(({ health }) => health === "up").length ?? 0,
  },
  { id: "versions", title: "Version", value: ({ seen, own }) => seen?.versions.join(", ") ?? own?.version },
  {
    id: "swaps",
    title: "Swaps",
    isNumber: true,
    value: ({ own }) => own?.revision,
    cell: ({ own }) => own?.revision ?? <span class="faint">–</span>,
  },
  ...figureColumns<Row>(({ incoming }) => incoming),
  { id: "methods", title: "Methods", isNumber: true, value: ({ seen }) => seen?.endpoints.length ?? 0 },
  {
    id: "file",
    title: "File",
    value: ({ own }) => own?.file,
    cell: ({ own }) => (own === undefined ? <span class="faint">elsewhere</span> : fileText(own.file)),
  },
];

function healthText({ own, seen }: Row): string {
  return `${healthOf(own, seen).text}${own?.isolated === undefined ? "" : ", in a worker"}`;
}
