import type { CallSummary } from "../../../src/hub/protocol.ts";
import { CloseButton } from "../panel/close-button.tsx";
import { CodeBadge } from "../panel/code-badge.tsx";
import { ServiceLink } from "../panel/service-link.tsx";
import { msText } from "../ui/format.ts";
import { clockText } from "./clock-text.ts";
import { kindTexts } from "./kind-texts.ts";

/** What a call is: its method, who called whom, how it ended and how long it took. */
export function CallHead({ call, onClose }: { readonly call: CallSummary | undefined; readonly onClose: () => void }) {
  return (
    <header class="side-head">
      <div class="line">
        <h2 tabIndex={-1} class="grow">
          <bdi>{call?.method ?? "Call"}</bdi>
        </h2>
        <CloseButton onClick={onClose} />
      </div>
      {call === undefined ? null : (
        <>
          <p class="line">
            <ServiceLink name={call.caller} /> → <ServiceLink name={call.service} />
          </p>
          <div class="line">
            <CodeBadge code={call.code} />
            <span class="badge">{msText(call.ms)}</span>
            <span class="badge">{kindTexts[call.kind]}</span>
            {call.kind === "stream" ? (
              <span class="badge swap">
                ↑ {call.sent} sent, ↓ {call.received} came
              </span>
            ) : null}
            <time class="soft">{clockText(call.startedAt)}</time>
          </div>
        </>
      )}
    </header>
  );
}
