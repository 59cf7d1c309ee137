import { useEffect, useState } from "preact/hooks";
import type { CallDetail, CallSummary } from "../../../src/hub/protocol.ts";
import { CopyButton } from "../forms/copy-button.tsx";
import { JsonView } from "../forms/json-view.tsx";
import { prettyText } from "../forms/pretty-json.ts";
import { usePage } from "../page-context.ts";
import { EditButton } from "../panel/edit-button.tsx";
import { Excerpt } from "../panel/excerpt.tsx";
import { Side } from "../panel/side.tsx";
import { useAnswer } from "../panel/use-answer.ts";
import { Blank } from "../ui/blank.tsx";
import { CallActions } from "./call-actions.tsx";
import { CallHead } from "./call-head.tsx";
import { WaterfallView } from "./waterfall-view.tsx";

/** One call, its way over services, and what can be done with it. */
export function CallView({ id }: { readonly id: string }) {
  const { state, place } = usePage();
  const listed = state.calls.value.find((call) => call.id === id);
  const { value: detail, error } = useAnswer<CallDetail>({ type: "detail", call: id }, id);
  const call = detail?.id === id ? detail : listed;
  const trace = useTrace(call);
  const close = (): void => place.go({ call: undefined });
  return (
    <Side label={call === undefined ? "Call" : `Call of ${call.method}`} kind="call" onClose={close}>
      <CallHead call={call} onClose={close} />
      {call === undefined ? (
        error === undefined ? (
          <p class="note">Asking …</p>
        ) : (
          <Blank title="This call is gone">{error}.</Blank>
        )
      ) : (
        <div class="call-parts">
          <WaterfallView calls={trace} current={call.id} />
          {detail === undefined || detail.id !== id ? (
            <p class="note">
              {error === undefined ? "Asking for what was captured …" : `Nothing more is known: ${error}.`}
            </p>
          ) : (
            <Captured detail={detail} key={id} />
          )}
        </div>
      )}
    </Side>
  );
}

/** The calls of the same trace, those that went meanwhile too: a list of the last calls forgets them one by one. */
function useTrace(call: CallSummary | undefined): readonly CallSummary[] {
  const { state } = usePage();
  const [known, setKnown] = useState<readonly CallSummary[]>([]);
  const trace = call?.trace;
  const calls = state.calls.value;
  useEffect(() => {
    const found = calls.filter((one) => one.trace === trace);
    setKnown((before) => {
      const kept = before.filter((one) => one.trace === trace && !found.some(({ id }) => id === one.id));
      return kept.length + found.length === before.length && kept.length === 0 ? before : [...kept, ...found];
    });
  }, [calls, trace]);
  const listed = known.filter((one) => one.trace === trace);
  return call === undefined || listed.some(({ id }) => id === call.id) ? listed : [...listed, call];
}

function Captured({ detail }: { readonly detail: CallDetail }) {
  const { error, frame, stack, metadata, request, response, kind } = detail;
  const pairs = Object.entries(metadata);
  const [sent, came] = kind === "stream" ? ["First item sent", "First item that came"] : ["Request", "Response"];
  return (
    <>
      {error === undefined ? null : (
        <section class="block failure now">
          <h3>Error</h3>
          <p class="message">{error}</p>
          {frame === undefined ? null : <Excerpt text={frame.excerpt} />}
          {frame === undefined ? null : <EditButton {...frame} />}
          {stack === undefined ? null : (
            <details class="stack">
              <summary>Stack</summary>
              <pre>{stack}</pre>
            </details>
          )}
        </section>
      )}
      <CallActions detail={detail} />
      <Body title={sent} body={request} />
      <Body title={came} body={response} />
      <section class="block">
        <h3>Metadata</h3>
        {pairs.length === 0 ? (
          <p class="soft">None came with it.</p>
        ) : (
          <dl class="pairs">
            {pairs.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        )}
      </section>
    </>
  );
}

function Body({ title, body }: { readonly title: string; readonly body: CallDetail["request"] }) {
  return (
    <section class="block">
      <div class="block-head">
        <h3>{title}</h3>
        {body === undefined ? null : <CopyButton text={prettyText(body.text)} />}
      </div>
      {body === undefined ? <p class="soft">None.</p> : <JsonView {...body} label={title} />}
    </section>
  );
}
