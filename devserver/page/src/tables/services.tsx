import type { DevService } from "../../../src/dev-host.ts";
import type { ServiceView } from "../../../src/hub/protocol.ts";
import { usePage } from "../page-context.ts";
import { Blank } from "../ui/blank.tsx";
import { fileText } from "../ui/format.ts";
import { PastNote } from "../ui/past-note.tsx";
import { ServiceName } from "../ui/service-name.tsx";
import { type Column, SortableTable } from "../ui/sortable-table.tsx";
import { TableState } from "../ui/table-state.ts";
import { figureColumns } from "./figure-columns.tsx";
import { type Incoming, incomingOf } from "./figures.ts";
import { WindowPicker } from "./window-picker.tsx";

interface Row {
  readonly name: string;
  /** What the registry knows of it. */
  readonly seen: ServiceView | undefined;
  /** What this process runs of it. */
  readonly own: DevService | undefined;
  readonly incoming: Incoming;
}

const tableState = new TableState("name");
const noCalls: Incoming = { rate: 0, errorRate: 0, p50Ms: 0, p95Ms: 0, calls: 0, errors: 0 };

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
    incoming: incoming.get(name) ?? noCalls,
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
  { id: "health", title: "Health", value: (row) => healthOf(row).text, cell: (row) => <Health row={row} /> },
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

function Health({ row }: { readonly row: Row }) {
  const { kind, text } = healthOf(row);
  return <span class={`badge ${kind}`}>{text}</span>;
}

function healthOf({ own, seen }: Row): { readonly kind: string; readonly text: string } {
  if (own?.failure !== undefined) return { kind: "bad", text: "✕ failing" };
  if (seen === undefined) return { kind: "warn", text: "◌ not served" };
  if (seen.health === "down") return { kind: "bad", text: "✕ down" };
  return own?.isolated === undefined ? { kind: "good", text: "● up" } : { kind: "good", text: "● up, in a worker" };
}
