import { useSignal } from "@preact/signals";
import type { CallDetail, ExportedTest } from "../../../src/hub/protocol.ts";
import type { JsonText } from "../../../src/observe/json-text.ts";
import { formTarget } from "../forms/form-target.ts";
import { prettyText } from "../forms/pretty-json.ts";
import { quoteLongNumbers } from "../forms/quote-long-numbers.ts";
import { remembered } from "../forms/remembered.ts";
import { type Outcome, timed } from "../forms/unary-form.tsx";
import { usePage } from "../page-context.ts";
import { EditIcon, ReplayIcon } from "../panel/icons.tsx";
import { ExportView } from "./export-view.tsx";
import { whyNotAgain } from "./replay-blocks.ts";
import { ReplayView } from "./replay-view.tsx";

interface Shown {
  readonly title: string;
  readonly outcome: Outcome;
}

/** What can be done with a captured call: again, on older code too, changed, or as a test. */
export function CallActions({ detail }: { readonly detail: CallDetail }) {
  const { connection, state, place } = usePage();
  const { id, service, method, kind, request } = detail;
  const busy = useSignal("");
  const replayed = useSignal<Shown | undefined>(undefined);
  const exported = useSignal<ExportedTest | undefined>(undefined);
  const problem = useSignal("");
  const own = state.own.value.get(service);
  const reason = whyNotAgain(detail);
  const replay = async (title: string, revision: number | undefined): Promise<void> => {
    busy.value = title;
    const on = revision === undefined ? {} : { revision };
    const outcome = await timed(() => connection.ask<JsonText>({ type: "replay", call: id, ...on }));
    replayed.value = { title, outcome };
    busy.value = "";
  };
  const edit = (): void => {
    const text = prettyText(quoteLongNumbers(request?.text ?? "{}"));
    const { timeout = "", mode = "form" } = remembered.get(service, method) ?? {};
    remembered.set(service, method, { text, mode, timeout });
    formTarget.value = { service, method };
    place.go({ service, call: undefined });
  };
  const exportTest = async (): Promise<void> => {
    problem.value = "";
    await connection.ask<ExportedTest>({ type: "export", call: id }).then(
      (test) => (exported.value = test),
      (error: Error) => (problem.value = `It cannot be exported: ${error.message}.`),
    );
  };
  const isMessage = kind === "publish" || kind === "deliver";
  return (
    <section class="actions-block" aria-label="What can be done with it">
      <div class="actions">
        <button
          type="button"
          class="button primary"
          aria-describedby={reason === undefined ? undefined : "replay-reason"}
          disabled={reason !== undefined || busy.value !== ""}
          onClick={() => void replay("Replayed", undefined)}
        >
          <ReplayIcon /> Replay
        </button>
        {(own?.draining ?? []).slice(0, 5).map(({ revision }) => (
          <button
            key={revision}
            type="button"
            class="button"
            title="The code that was replaced and still finishes its calls"
            disabled={reason !== undefined || busy.value !== ""}
            onClick={() => void replay(`Replayed on revision ${revision}`, revision)}
          >
            <ReplayIcon /> Replay on revision {revision}
          </button>
        ))}
        {isMessage ? null : (
          <button type="button" class="button" onClick={edit}>
            <EditIcon /> Edit & send
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
      {problem.value === "" ? null : (
        <p class="problem" role="status">
          {problem.value}
        </p>
      )}
      <div aria-live="polite">
        {replayed.value === undefined ? null : <ReplayView captured={detail} {...replayed.value} />}
      </div>
      {exported.value === undefined ? null : (
        <ExportView test={exported.value} onClose={() => (exported.value = undefined)} />
      )}
    </section>
  );
}
