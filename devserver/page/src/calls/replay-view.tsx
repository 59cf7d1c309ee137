import { useMemo } from "preact/hooks";
import type { CallDetail } from "../../../src/hub/protocol.ts";
import { AnswerView } from "../forms/answer-view.tsx";
import type { Outcome } from "../forms/outcome.ts";
import { prettyText } from "../forms/pretty-json.ts";
import { Block } from "../panel/block.tsx";
import { CodeBadge } from "../panel/code-badge.tsx";
import { msText, plural } from "../ui/format.ts";
import { differs, diffLines } from "./diff.ts";

const maxRows = 400;

/** The answer of a replay beside the captured one. */
export function ReplayView({
  captured: { response, ms },
  title,
  outcome,
}: {
  readonly captured: CallDetail;
  readonly title: string;
  readonly outcome: Outcome;
}) {
  const { answer } = outcome;
  if (answer === undefined || response === undefined) {
    return (
      <Block title={title} kind="inner">
        <AnswerView outcome={outcome} />
      </Block>
    );
  }
  return (
    <Block
      title={title}
      kind="inner"
      beside={
        <>
          <CodeBadge code={200} />
          <span class="soft">
            {msText(outcome.ms)}, captured {msText(ms)}
          </span>
        </>
      }
    >
      <Comparison before={response.text} after={answer.text} />
      {response.isRedacted || response.isCut ? (
        <p class="warn small">⚠ The captured one is not whole, so it differs in any case.</p>
      ) : null}
    </Block>
  );
}

function Comparison({ before, after }: { readonly before: string; readonly after: string }) {
  const rows = useMemo(() => diffLines(prettyText(before).split("\n"), prettyText(after).split("\n")), [before, after]);
  const count = rows.filter(differs).length;
  return (
    <>
      {count === 0 ? (
        <p class="good ok">The same answer</p>
      ) : (
        <p class="warn">≠ {plural(count, "line")} not the same</p>
      )}
      <table class="diff">
        <thead>
          <tr>
            <th scope="col">captured</th>
            <th scope="col">now</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, maxRows).map((row, at) => (
            // A row is what stands at its place.
            <tr key={at} class={differs(row) ? "other" : ""}>
              <td>{row.before}</td>
              <td>{row.after}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > maxRows ? <p class="soft small">{rows.length - maxRows} more lines are not shown.</p> : null}
    </>
  );
}
