import type { WireError } from "../../../src/hub/protocol.ts";
import { FailedIcon, OkIcon } from "../panel/icons.tsx";
import { msText } from "../ui/format.ts";
import { CopyButton } from "./copy-button.tsx";
import { JsonView } from "./json-view.tsx";
import { prettyText } from "./pretty-json.ts";
import type { Outcome } from "./unary-form.tsx";

/** What a call came to: its answer or its error, and how long it took. */
export function AnswerView({ outcome: { ms, answer, error } }: { readonly outcome: Outcome }) {
  return (
    <section class="answer" aria-label="Answer">
      <div class="answer-head">
        {error === undefined ? (
          <span class="badge good">
            <OkIcon /> 200 OK
          </span>
        ) : (
          <ErrorBadge error={error} />
        )}
        <span class="soft" title="As this page sees it, the way to micro dev included">
          {msText(ms)}
        </span>
        <span class="grow" />
        {answer === undefined ? null : <CopyButton text={prettyText(answer.text)} />}
      </div>
      {error === undefined ? null : <p class="message">{error.detail}</p>}
      {answer === undefined ? null : <JsonView {...answer} label="Answer" />}
    </section>
  );
}

/** The code of an error, and what it means. */
export function ErrorBadge({ error: { code, status } }: { readonly error: WireError }) {
  return (
    <span class="badge bad">
      <FailedIcon /> {code === 0 ? "not sent" : `${code} ${status}`}
    </span>
  );
}
