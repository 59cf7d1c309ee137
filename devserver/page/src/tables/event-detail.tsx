import type { ComponentChildren } from "preact";
import type { NumberedEvent, TypeProblem } from "../../../src/events.ts";
import { EditButton } from "../panel/edit-button.tsx";
import { detailOf } from "../panel/failures.ts";
import { Fault } from "../panel/fault.tsx";
import { ServiceLink } from "../panel/service-link.tsx";
import { msText } from "../ui/format.ts";
import { serviceOf } from "./event-kinds.ts";

/** What an event unfolds to; `undefined` where there is no more to it than its line. */
export function eventDetail(event: NumberedEvent): ComponentChildren {
  const content = contentOf(event);
  if (content === undefined) return undefined;
  const service = serviceOf(event);
  return (
    <div class="event-detail">
      {content}
      {service === undefined ? null : <ServiceLink name={service} />}
    </div>
  );
}

function contentOf(event: NumberedEvent): ComponentChildren {
  switch (event.type) {
    case "failed":
      return <Fault {...detailOf(event)} />;
    case "swapped":
      return <Swap event={event} />;
    case "blocked":
      return <Fault file={event.file} line={event.line} />;
    case "types":
      return event.problems.length === 0 ? undefined : <Problems problems={event.problems} />;
    case "drained":
      return event.leaks.length === 0 ? undefined : (
        <ul>
          {event.leaks.map(({ what, where }) => (
            <li key={`${what} ${where}`}>
              left an open {what}, made at <code>{where}</code>
            </li>
          ))}
        </ul>
      );
    case "log":
      return event.text.length > 120 || event.text.includes("\n") ? (
        <p class="message mono">{event.text}</p>
      ) : undefined;
    default:
      return undefined;
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
