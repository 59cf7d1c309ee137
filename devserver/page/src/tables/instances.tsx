import type { ServiceView } from "../../../src/hub/protocol.ts";
import type { SeenNode } from "../../../src/observe/fleet.ts";
import { usePage } from "../page-context.ts";
import { Ago } from "../ui/ago.tsx";
import { Blank } from "../ui/blank.tsx";
import { PastNote } from "../ui/past-note.tsx";
import { ServiceName } from "../ui/service-name.tsx";
import { type Column, SortableTable } from "../ui/sortable-table.tsx";
import { TableState } from "../ui/table-state.ts";

interface Row {
  readonly service: string;
  readonly node: SeenNode;
  /** Whether it runs in this process. */
  readonly isOwn: boolean;
}

const tableState = new TableState("service");

/** All instances of all services. */
export function Instances() {
  const { state, place } = usePage();
  const addresses = new Set(state.project.value.map(({ address }) => address));
  const rows = [...state.services.value.values()].flatMap((service) => rowsOf(service, addresses));
  return (
    <SortableTable
      title="Instances"
      state={tableState}
      columns={columns}
      rows={rows}
      keyOf={({ service, node }) => `${service} ${node.id}`}
      onOpen={({ service }) => place.go({ service, call: undefined })}
      isSelected={({ service }) => place.service.value === service}
      note={<PastNote />}
      empty={<Blank title="The registry knows no instance">Services appear here when they have registered.</Blank>}
    />
  );
}

function rowsOf({ name, nodes }: ServiceView, addresses: ReadonlySet<string>): readonly Row[] {
  return nodes.map((node) => ({ service: name, node, isOwn: addresses.has(node.address) }));
}

const columns: readonly Column<Row>[] = [
  {
    id: "service",
    title: "Service",
    value: ({ service }) => service,
    cell: ({ service }) => <ServiceName name={service} />,
  },
  {
    id: "health",
    title: "Health",
    value: ({ node }) => node.health,
    cell: ({ node: { health } }) => (
      <span class={`badge ${health === "up" ? "good" : "bad"}`}>{health === "up" ? "● up" : "✕ left"}</span>
    ),
  },
  {
    id: "address",
    title: "Address",
    value: ({ node }) => node.address,
    cell: ({ node }) => <code>{node.address}</code>,
  },
  { id: "version", title: "Version", value: ({ node }) => node.version },
  {
    id: "where",
    title: "Runs",
    value: ({ isOwn }) => (isOwn ? "here" : "elsewhere"),
    cell: ({ isOwn }) => (isOwn ? "here" : <span class="faint">elsewhere</span>),
  },
  {
    id: "since",
    title: "Since",
    isNumber: true,
    value: ({ node }) => node.since,
    cell: ({ node }) => <Ago at={node.since} />,
  },
  { id: "id", title: "Id", value: ({ node }) => node.id, cell: ({ node }) => <code class="faint">{node.id}</code> },
];
