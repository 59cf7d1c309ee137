import { useEffect, useState } from "preact/hooks";
import type { CallDetail, CallSummary } from "../../../src/hub/protocol.ts";
import { CopyButton } from "../forms/copy-button.tsx";
import { JsonView } from "../forms/json-view.tsx";
import { usePage } from "../page-context.ts";
import { Block } from "../panel/block.tsx";
import { Fault } from "../panel/fault.tsx";
import { Pairs } from "../panel/pairs.tsx";
import { Side } from "../panel/side.tsx";
import { useAnswer } from "../panel/use-answer.ts";
import { Blank } from "../ui/blank.tsx";
import { CallActions } from "./call-actions.tsx";
import { CallHead } from "./call-head.tsx";
import { WaterfallView } from "./waterfall-view.tsx";

/** One call, its way over services, and what can be done with it. */
export function CallView({ id }: { readonly id: string }) {
  const { state, place } = usePage();
  const { value, error } = useAnswer<CallDetail>({ type: "detail", call: id }, id);
  const detail = value?.id === id ? value : undefined;
  const call = detail ?? state.calls.value.find((one) => one.id === id);
  const trace = useTrace(call);
  const close = (): void => place.go({ call: undefined });
  return (
    <Side label={call === undefined ? "Call" : `Call of ${call.method}`} kind="call" onClose={close}>
      <CallHead call={call} onClose={close} />
      {call !== undefined ? (
        <div class="tab-panel">
          <WaterfallView calls={trace} current={id} />
          {detail !== undefined ? <Captured detail={detail} key={id} /> : <p class="note">{error ?? "Asking …"}</p>}
        </div>
      ) : error !== undefined ? (
        <Blank title="This call is gone">{error}.</Blank>
      ) : null}
    </Side>
  );
}

/** The calls of the same trace, those too that the list of the last calls has let go of meanwhile. */
function useTrace(call: CallSummary | undefined): readonly CallSummary[] {
  const { state } = usePage();
  const [known, setKnown] = useState<ReadonlyMap<string, CallSummary>>(new Map());
  const trace = call?.trace;
  const calls = state.calls.value;
  useEffect(() => {
    const fresh = [...calls, ...(call === undefined ? [] : [call])].filter((one) => one.trace === trace);
    setKnown((before) => {
      if (fresh.every(({ id }) => before.has(id))) return before;
      return new Map([...before.values(), ...fresh].filter((one) => one.trace === trace).map((one) => [one.id, one]));
    });
  }, [calls, call, trace]);
  return [...known.values()].filter((one) => one.trace === trace);
}

function Captured({ detail }: { readonly detail: CallDetail }) {
  const { error, frame, stack, metadata, request, response, kind } = detail;
  const isStream = kind === "stream";
  return (
    <>
      {error === undefined ? null : (
        <Block title="Error" kind="now">
          <Fault {...frame} message={error} stack={stack} />
        </Block>
      )}
      <CallActions detail={detail} />
      <Body title={isStream ? "First item sent" : "Request"} body={request} />
      <Body title={isStream ? "First item that came" : "Response"} body={response} />
      <Block title="Metadata">
        <Pairs values={metadata} none="None came with it." />
      </Block>
    </>
  );
}

function Body({ title, body }: { readonly title: string; readonly body: CallDetail["request"] }) {
  return (
    <Block title={title} beside={body === undefined ? null : <CopyButton text={body.text} />}>
      {body === undefined ? <p class="soft">None.</p> : <JsonView {...body} />}
    </Block>
  );
}
