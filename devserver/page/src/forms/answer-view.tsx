import { CodeBadge } from "../panel/code-badge.tsx";
import { msText } from "../ui/format.ts";
import { CopyButton } from "./copy-button.tsx";
import { JsonView } from "./json-view.tsx";
import type { Outcome } from "./outcome.ts";

/** What a call came to: its answer or its error, and how long it took. */
export function AnswerView({ outcome: { ms, answer, error } }: { readonly outcome: Outcome }) {
  return (
    <section class="answer" aria-label="Answer">
      <div class="line">
        <CodeBadge code={error?.code ?? 200} text={error?.status} />
        <span class="soft grow" title="The way to micro dev included">
          {msText(ms)}
        </span>
        {answer === undefined ? null : <CopyButton text={answer.text} />}
      </div>
      {error === undefined ? null : <p class="message">{error.detail}</p>}
      {answer === undefined ? null : <JsonView {...answer} />}
    </section>
  );
}
