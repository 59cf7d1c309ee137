import type { CallSummary } from "../../../src/hub/protocol.ts";
import { usePage } from "../page-context.ts";
import { FailedIcon, OkIcon } from "../panel/icons.tsx";
import { msText } from "../ui/format.ts";
import { ServiceName } from "../ui/service-name.tsx";
import { clockText } from "./clock-text.ts";
import { kindSigns } from "./kind-signs.ts";

/** A call in the list of calls. */
export function CallRow({
  call,
  longest,
  isChosen,
  isReachable,
  onOpen,
  onFocus,
}: {
  readonly call: CallSummary;
  /** How long the longest of the list took, in milliseconds. */
  readonly longest: number;
  readonly isChosen: boolean;
  /** Whether Tab leads to it: it does to one of the list. */
  readonly isReachable: boolean;
  readonly onOpen: () => void;
  readonly onFocus: () => void;
}) {
  const { state } = usePage();
  const { kind, caller, service, method, code, error, ms, startedAt, sent, received } = call;
  const hasFailed = code !== 200;
  const isMessage = kind === "publish" || kind === "deliver";
  return (
    <li>
      <button
        type="button"
        class={`call-row${hasFailed ? " failed" : ""}`}
        aria-current={isChosen}
        tabIndex={isReachable ? 0 : -1}
        onClick={onOpen}
        onFocus={onFocus}
      >
        <time class="at" title={`began at ${clockText(startedAt - state.aheadMs.value)}`}>
          {clockText(startedAt + ms - state.aheadMs.value)}
        </time>
        <span class={hasFailed ? "state bad" : "state good"}>
          {hasFailed ? <FailedIcon /> : <OkIcon />}
          <span class={hasFailed ? undefined : "hidden"}>{code}</span>
        </span>
        <span class="what">
          <ServiceName name={service} />
          {isMessage ? <span class="badge">{kindSigns[kind]}</span> : <bdi class="method-name">{method}</bdi>}
          {hasFailed && error !== undefined ? <span class="error">{error}</span> : null}
        </span>
        <span class="from">
          <span class="soft">from </span>
          <ServiceName name={caller} />
        </span>
        <span class="items">
          {kind === "stream" ? (
            <span title={`${sent} items sent, ${received} came`}>
              ↑{sent} ↓{received}
            </span>
          ) : null}
        </span>
        <span class="ms">{msText(ms)}</span>
        <span class="bar" aria-hidden="true">
          <span style={{ width: `${barShare(ms, longest) * 100}%` }} />
        </span>
      </button>
    </li>
  );
}

// By the logarithm: a stream of seconds must not make all calls look alike.
function barShare(ms: number, longest: number): number {
  return Math.max(0.02, Math.log1p(ms * 10) / Math.log1p(longest * 10));
}
