import type { CallSummary } from "../../../src/hub/protocol.ts";
import { usePage } from "../page-context.ts";
import { markOf } from "../panel/code-badge.tsx";
import { msText } from "../ui/format.ts";
import { ServiceName } from "../ui/service-name.tsx";
import { clockText } from "./clock-text.ts";
import { kindTexts, whatOf } from "./kind-texts.ts";

/** A call in the list of calls. */
export function CallRow({
  call,
  longest,
  isReachable,
  onFocus,
}: {
  readonly call: CallSummary;
  /** How long the longest of the list took, in milliseconds. */
  readonly longest: number;
  /** Whether Tab leads to it: it does to one of the list. */
  readonly isReachable: boolean;
  readonly onFocus: () => void;
}) {
  const { place } = usePage();
  const { id, kind, caller, service, code, error, ms, startedAt, sent, received } = call;
  return (
    <li>
      <button
        type="button"
        class="row call-row"
        aria-current={id === place.call.value}
        tabIndex={isReachable ? 0 : -1}
        onClick={() => place.go({ call: id })}
        onFocus={onFocus}
      >
        <time class="soft small" title={`began at ${clockText(startedAt)}`}>
          {clockText(startedAt + ms)}
        </time>
        <span class={markOf(code)}>
          <span class={code === 200 ? "hidden" : ""}>{code}</span>
        </span>
        <span class="what">
          <ServiceName name={service} /> <bdi>{whatOf(call)}</bdi> <span class="bad">{error}</span>
        </span>
        <span class="from soft">
          from <ServiceName name={caller} />
        </span>
        <span class="soft small" title={kindTexts[kind]}>
          {kind === "stream" ? `↑${sent} ↓${received}` : ""}
        </span>
        <span class="ms">{msText(ms)}</span>
        <span class={`bar ${markOf(code)}`} style={{ "--share": barShare(ms, longest) }} aria-hidden="true" />
      </button>
    </li>
  );
}

// By the logarithm: a stream of seconds must not make all calls look alike.
function barShare(ms: number, longest: number): number {
  return Math.max(0.02, Math.log1p(ms * 10) / Math.log1p(longest * 10));
}
