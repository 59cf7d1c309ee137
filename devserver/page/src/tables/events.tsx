import { type Signal, signal } from "@preact/signals";
import type { NumberedEvent } from "../../../src/events.ts";
import { usePage } from "../page-context.ts";
import { CheckBox } from "../panel/check-box.tsx";
import { type LogLevel, levels } from "../panel/log-lines.ts";
import { Blank } from "../ui/blank.tsx";
import { timeText } from "../ui/format.ts";
import { PastNote } from "../ui/past-note.tsx";
import { Segmented } from "../ui/segmented.tsx";
import { ServiceName } from "../ui/service-name.tsx";
import { type Column, SortableTable } from "../ui/sortable-table.tsx";
import { TableState } from "../ui/table-state.ts";
import { toggled } from "../ui/toggled.ts";
import { eventDetail } from "./event-detail.tsx";
import { type EventKind, eventKinds, eventText, selected, serviceOf } from "./event-kinds.ts";

const tableState = new TableState("number", "descending");
const kinds: Signal<ReadonlySet<EventKind>> = signal(new Set(eventKinds));
const level: Signal<LogLevel> = signal("debug");

/** What happened: swaps, failures, logs, type checks. */
export function Events() {
  const { state, place } = usePage();
  return (
    <SortableTable
      title="Events"
      state={tableState}
      columns={columnsOf(state.aheadMs.peek())}
      rows={selected(state.events.value, kinds.value, level.value)}
      keyOf={({ number }) => String(number)}
      detail={eventDetail}
      onOpen={(event) => {
        const service = serviceOf(event);
        if (service !== undefined) place.go({ service, call: undefined });
      }}
      tools={<EventFilter />}
      note={<PastNote />}
      empty={<Blank title="No such event yet">Save a file, and what becomes of it shows here.</Blank>}
    />
  );
}

function EventFilter() {
  return (
    <>
      <fieldset class="line choices">
        <legend class="hidden">Show</legend>
        {eventKinds.map((kind) => (
          <CheckBox key={kind} isOn={kinds.value.has(kind)} onChange={() => (kinds.value = toggled(kinds.value, kind))}>
            {kind}
          </CheckBox>
        ))}
      </fieldset>
      <Segmented
        label="Logs from level"
        values={levels}
        value={level.value}
        onChange={(next) => (level.value = next)}
      />
    </>
  );
}

function columnsOf(aheadMs: number): readonly Column<NumberedEvent>[] {
  return [
    {
      id: "number",
      title: "Time",
      value: ({ number }) => number,
      cell: ({ at }) => timeText(at - aheadMs),
    },
    { id: "type", title: "What", value: typeText, cell: (event) => <TypeMark event={event} /> },
    {
      id: "service",
      title: "Service",
      value: serviceOf,
      cell: (event) => <ServiceName name={serviceOf(event) ?? ""} />,
    },
    {
      id: "text",
      title: "Message",
      isWide: true,
      value: eventText,
      cell: (event) => <span class="clip">{eventText(event)}</span>,
    },
  ];
}

function typeText(event: NumberedEvent): string {
  return event.type === "log" ? event.level : event.type;
}

const marks: Readonly<Record<string, string>> = {
  swapped: "swap",
  failed: "bad",
  blocked: "bad",
  error: "bad",
  warn: "warn",
  replaced: "warn",
  recovered: "good",
};

function TypeMark({ event }: { readonly event: NumberedEvent }) {
  const text = typeText(event);
  const hasProblems = event.type === "types" && event.problems.length > 0;
  const mark = hasProblems ? "warn" : Object.hasOwn(marks, text) ? marks[text] : "";
  return <span class={`badge ${mark}`}>{text}</span>;
}
