import type { NumberedEvent, TypeProblem } from "../../../src/events.ts";
import { usePage } from "../page-context.ts";
import { CodeText } from "../ui/code-text.tsx";
import { fileText, msText } from "../ui/format.ts";
import { say } from "../ui/spoken.ts";

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
      return <Failure event={event} />;
    case "swapped":
      return <Swap event={event} />;
    case "blocked":
      return event.file === undefined ? null : <EditLink file={event.file} line={event.line} column={undefined} />;
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
      return <CodeText label="Log" text={event.text} />;
    default:
      return null;
  }
}

function Failure({ event }: { readonly event: Extract<NumberedEvent, { type: "failed" }> }) {
  const { message, frame, stack, file } = event;
  return (
    <>
      <p class="message">{message}</p>
      {frame === undefined ? null : <CodeText label="Where it failed" text={frame.excerpt} />}
      {frame !== undefined ? <EditLink {...frame} /> : file === undefined ? null : <EditLink file={file} />}
      {stack === undefined ? null : (
        <details>
          <summary>Stack</summary>
          <CodeText label="Stack" text={stack} />
        </details>
      )}
    </>
  );
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
        <EditLink key={file} file={file} />
      ))}
    </>
  );
}

function Problems({ problems }: { readonly problems: readonly TypeProblem[] }) {
  return (
    <ul>
      {problems.map(({ file, line, column, code, message }) => (
        <li key={`${file}:${line}:${column}:${code}`}>
          <EditLink file={file} line={line} column={column} /> <code>{code}</code> {message}
        </li>
      ))}
    </ul>
  );
}

function EditLink({
  file,
  line,
  column,
}: {
  readonly file: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}) {
  const { connection } = usePage();
  const edit = async (): Promise<void> => {
    const at = { ...(line !== undefined && { line }), ...(column !== undefined && { column }) };
    await connection.ask({ type: "edit", file, ...at }).catch((error: unknown) => say(String(error)));
  };
  return (
    <button type="button" class="link" title="Open in the editor" onClick={() => void edit()}>
      {fileText(file)}
      {line === undefined ? "" : `:${line}`}
    </button>
  );
}

function ServiceLink({ name }: { readonly name: string }) {
  const { place } = usePage();
  return (
    <button type="button" class="link" onClick={() => place.go({ service: name, call: undefined })}>
      Open {name}
    </button>
  );
}
