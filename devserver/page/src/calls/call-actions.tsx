import { useSignal } from "@preact/signals";
import type { CallDetail, ExportedTest } from "../../../src/hub/protocol.ts";
import type { JsonText } from "../../../src/observe/json-text.ts";
import { formTarget } from "../forms/form-target.ts";
import { type Outcome, timed } from "../forms/outcome.ts";
import { prettyText } from "../forms/pretty-json.ts";
import { quoteLongNumbers } from "../forms/quote-long-numbers.ts";
import { remembered } from "../forms/remembered.ts";
import { usePage } from "../page-context.ts";
import { Problem } from "../panel/problem.tsx";
import { ExportView } from "./export-view.tsx";
import { whyNotAgain } from "./replay-blocks.ts";
import { ReplayView } from "./replay-view.tsx";

/** What can be done with a captured call: again, on older code too, changed, or as a test. */
export function CallActions({ detail }: { readonly detail: CallDetail }) {
  const { connection, state, place } = usePage();
  const { id, service, method, kind, request } = detail;
  const isBusy = useSignal(false);
  const replayed = useSignal<{ readonly title: string; readonly outcome: Outcome } | undefined>(undefined);
  const exported = useSignal<ExportedTest | undefined>(undefined);
  const problem = useSignal("");
  const reason = whyNotAgain(detail);
  const revisions = state.own.value.get(service)?.draining.map(({ revision }) => revision) ?? [];
  const replay = async (revision: number | undefined): Promise<void> => {
    isBusy.value = true;
    const on = revision === undefined ? {} : { revision };
    const outcome = await timed(connection.ask<JsonText>({ type: "replay", call: id, ...on }));
    replayed.value = { title: titleOf(revision), outcome };
    isBusy.value = false;
  };
  const edit = (): void => {
    const text = prettyText(quoteLongNumbers(request?.text ?? "{}"));
    const { timeout = "", mode = "Form" } = remembered.get(service, method) ?? {};
    remembered.set(service, method, { text, mode, timeout });
    formTarget.value = { service, method };
    place.go({ service, call: undefined });
  };
  const exportTest = async (): Promise<void> => {
    problem.value = "";
    await connection.ask<ExportedTest>({ type: "export", call: id }).then(
      (test) => (exported.value = test),
      (error: Error) => (problem.value = error.message),
    );
  };
  return (
    <section class="block" aria-label="What can be done with it">
      <div class="line">
        {[undefined, ...revisions.slice(0, 5)].map((revision) => (
          <button
            key={revision}
            type="button"
            class={revision === undefined ? "button again primary" : "button again"}
            disabled={reason !== undefined || isBusy.value}
            aria-describedby={reason && "replay-reason"}
            onClick={() => void replay(revision)}
          >
            {titleOf(revision)}
          </button>
        ))}
        {kind === "publish" || kind === "deliver" ? null : (
          <button type="button" class="button pen" onClick={edit}>
            Edit & send
          </button>
        )}
        <button type="button" class="button" disabled={reason !== undefined} onClick={() => void exportTest()}>
          Export as test
        </button>
      </div>
      {reason === undefined ? null : (
        <p class="soft small" id="replay-reason">
          {reason}
        </p>
      )}
      <Problem text={problem.value} />
      <div aria-live="polite">
        {replayed.value === undefined ? null : <ReplayView captured={detail} {...replayed.value} />}
      </div>
      {exported.value === undefined ? null : (
        <ExportView test={exported.value} onClose={() => (exported.value = undefined)} />
      )}
    </section>
  );
}

function titleOf(revision: number | undefined): string {
  return revision === undefined ? "Replay" : `Replay on revision ${revision}`;
}
