import { useMemo } from "preact/hooks";
import type { CallDetail } from "../../../src/hub/protocol.ts";
import { AnswerView, ErrorBadge } from "../forms/answer-view.tsx";
import { lineText, prettyJson } from "../forms/pretty-json.ts";
import type { Outcome } from "../forms/unary-form.tsx";
import { OkIcon } from "../panel/icons.tsx";
import { msText } from "../ui/format.ts";
import { type DiffRow, differs, diffLines } from "./diff.ts";

const maxRows = 400;

/** The answer of a replay beside the captured one. */
export function ReplayView({
  captured,
  title,
  outcome,
}: {
  readonly captured: CallDetail;
  readonly title: string;
  readonly outcome: Outcome;
}) {
  const { answer, error, ms } = outcome;
  const { response } = captured;
  if (answer === undefined || response === undefined) {
    return (
      <section class="replay">
        <h3>{title}</h3>
        <AnswerView outcome={outcome} />
      </section>
    );
  }
  return (
    <section class="replay">
      <div class="block-head">
        <h3>{title}</h3>
        {error === undefined ? (
          <span class="badge good">
            <OkIcon /> 200
          </span>
        ) : (
          <ErrorBadge error={error} />
        )}
        <span class="soft">
          {msText(ms)}, captured {msText(captured.ms)}
        </span>
      </div>
      <Comparison before={response.text} after={answer.text} />
      {response.isRedacted || response.isCut ? (
        <p class="soft small">
          The captured one was {response.isCut ? "cut" : "stripped of secrets"}, so it differs there in any case.
        </p>
      ) : null}
    </section>
  );
}

function Comparison({ before, after }: { readonly before: string; readonly after: string }) {
  const rows = useMemo(
    () => diffLines(prettyJson(before).map(lineText), prettyJson(after).map(lineText)),
    [before, after],
  );
  const count = rows.filter(differs).length;
  return (
    <>
      <p class={count === 0 ? "good" : "warn"}>{count === 0 ? "✓ The same answer" : `≠ ${count} lines differ`}</p>
      <table class="diff">
        <thead>
          <tr>
            <th scope="col">captured</th>
            <th scope="col">now</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, maxRows).map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a row is what stands at its place
            <Row key={at} row={row} />
          ))}
        </tbody>
      </table>
      {rows.length > maxRows ? <p class="soft small">{rows.length - maxRows} more lines are not shown.</p> : null}
    </>
  );
}

function Row({ row }: { readonly row: DiffRow }) {
  const isOther = differs(row);
  return (
    <tr class={isOther ? "other" : undefined}>
      <td class="before">
        {isOther && row.before !== undefined ? <b>−</b> : null}
        {row.before}
      </td>
      <td class="after">
        {isOther && row.after !== undefined ? <b>+</b> : null}
        {row.after}
      </td>
    </tr>
  );
}
