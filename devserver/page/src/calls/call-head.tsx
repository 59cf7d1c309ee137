import type { CallSummary } from "../../../src/hub/protocol.ts";
import { usePage } from "../page-context.ts";
import { FailedIcon, OkIcon } from "../panel/icons.tsx";
import { msText } from "../ui/format.ts";
import { CloseIcon } from "../ui/icons.tsx";
import { ServiceName } from "../ui/service-name.tsx";
import { clockText } from "./clock-text.ts";
import { kindSigns } from "./kind-signs.ts";

/** What a call is: its method, who called whom, how it ended and how long it took. */
export function CallHead({ call, onClose }: { readonly call: CallSummary | undefined; readonly onClose: () => void }) {
  const { state } = usePage();
  return (
    <header class="side-head">
      <div class="title">
        <h2 tabIndex={-1}>
          <bdi>{call === undefined ? "Call" : call.method}</bdi>
        </h2>
        <button type="button" class="button quiet icon" aria-label="Close" title="Close (Esc)" onClick={onClose}>
          <CloseIcon />
        </button>
      </div>
      {call === undefined ? null : (
        <>
          <p class="route">
            <ServiceLink name={call.caller} />
            <span class="soft" aria-hidden="true">
              →
            </span>
            <span class="hidden">called</span>
            <ServiceLink name={call.service} />
          </p>
          <div class="facts">
            {call.code === 200 ? (
              <span class="badge good">
                <OkIcon /> 200
              </span>
            ) : (
              <span class="badge bad">
                <FailedIcon /> {call.code}
              </span>
            )}
            <span class="badge">{msText(call.ms)}</span>
            <span class="badge">{kindSigns[call.kind]}</span>
            {call.kind === "stream" ? (
              <span class="badge swap">
                ↑ {call.sent} sent, ↓ {call.received} came
              </span>
            ) : null}
            <time class="soft">{clockText(call.startedAt - state.aheadMs.value)}</time>
          </div>
        </>
      )}
    </header>
  );
}

function ServiceLink({ name }: { readonly name: string }) {
  const { state, place } = usePage();
  if (!state.services.value.has(name) && !state.own.value.has(name)) return <bdi>{name}</bdi>;
  return (
    <button type="button" class="link" onClick={() => place.go({ service: name, call: undefined })}>
      <ServiceName name={name} />
    </button>
  );
}
