import type { NumberedEvent, TypeProblem } from "../../../src/events.ts";
import { EditButton } from "../panel/edit-button.tsx";
import { Fault } from "../panel/fault.tsx";
import { ServiceLink } from "../panel/service-link.tsx";
import { msText } from "../ui/format.ts";

/** Whether there is more to an event than its line. */
export function hasDetail(event: NumberedEvent): boolean {
  switch (event.type) {
    case "failed":
    case "swapped":
    case "blocked":
      return true;
    case "types":
      return event.problems.length > 0;
    case "drained":
      return event.leaks.length > 0;
    case "log":
      return event.text.length > 120 || event.text.includes("\n");
    default:
      return false;
  }
}

/** What an event unfolds to. */
export function EventDetail({ event }: { readonly event: NumberedEvent }) {
  return (
    <div class="event-detail">
      <Content event={event} />
      {"service" in event && event.service !== undefined ? <ServiceLink name={event.service} /> : null}
    </div>
  );
}

function Content({ event }: { readonly event: NumberedEvent }) {
  switch (event.type) {
    case "failed":
      return (
        <Fault {...event.frame} file={event.frame?.file ?? event.file} message={event.message} stack={event.stack} />
      );
    case "swapped":
      return <Swap event={event} />;
    case "blocked":
      return event.file === undefined ? null : <EditButton file={event.file} line={event.line} />;
    case "types":
      return <Problems problems={event.problems} />;
    case "drained":
      return (
        <ul>
          {event.leaks.map(({ what, where }) => (
            <li key={`${what} ${where}`}>
              left an open {what}, made at <code>{where}</code>
            </li>
          ))}
        </ul>
      );
    case "log":
      return <pre class="excerpt">{event.text}</pre>;
    default:
      return null;
  }
}

function Swap({ event }: { readonly event: Extract<NumberedEvent, { type: "swapped" }> }) {
  const { transformMs, startMs, swapMs, inFlight, files } = event;
  return (
    <>
      <p>
        Transform {msText(transformMs)}, start {msText(startMs)}, swap {msText(swapMs)}; {inFlight} calls finished on
        the old code.
      </p>
      {files.map((file) => (
        <EditButton key={file} file={file} />
      ))}
    </>
  );
}

function Problems({ problems }: { readonly problems: readonly TypeProblem[] }) {
  return (
    <ul>
      {problems.map(({ file, line, column, code, message }) => (
        <li key={`${file}:${line}:${column}:${code}`}>
          <EditButton file={file} line={line} column={column} /> <code>{code}</code> {message}
        </li>
      ))}
    </ul>
  );
}
