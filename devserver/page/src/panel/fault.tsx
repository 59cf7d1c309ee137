import type { FailureDetail } from "../../../src/dev-host.ts";
import { EditButton } from "./edit-button.tsx";
import { Excerpt } from "./excerpt.tsx";

type FaultProps = {
  readonly [Name in Exclude<keyof FailureDetail, "phase">]?: FailureDetail[Name] | undefined;
};

/** What went wrong, and where: as much as is known of it. */
export function Fault({ message, file, line, column, excerpt, stack }: FaultProps) {
  return (
    <>
      {message === undefined ? null : <p class="message">{message}</p>}
      {excerpt === undefined ? null : <Excerpt text={excerpt} />}
      {file === undefined ? null : <EditButton file={file} line={line} column={column} />}
      {stack === undefined ? null : (
        <details>
          <summary>Stack</summary>
          <pre class="excerpt">{stack}</pre>
        </details>
      )}
    </>
  );
}
