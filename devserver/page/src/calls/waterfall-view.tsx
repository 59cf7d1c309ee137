import { useEffect, useMemo, useRef } from "preact/hooks";
import type { CallSummary } from "../../../src/hub/protocol.ts";
import { usePage } from "../page-context.ts";
import { FailedIcon } from "../panel/icons.tsx";
import { msText } from "../ui/format.ts";
import { type WaterfallRow, waterfallOf } from "./waterfall.ts";

// Choosing a call opens another view of it, in which whoever walks along the trace goes on.
let isWalking = false;

/** The calls of a trace on its time, each within the one that it was made for. */
export function WaterfallView({
  calls,
  current,
}: {
  readonly calls: readonly CallSummary[];
  readonly current: string;
}) {
  const { place } = usePage();
  const list = useRef<HTMLOListElement>(null);
  const { rows, totalMs, omitted } = useMemo(() => waterfallOf(calls), [calls]);
  const reachable = rows.some(({ call }) => call.id === current) ? current : rows[0]?.call.id;
  useEffect(() => {
    if (isWalking) list.current?.querySelector<HTMLElement>('[aria-current="true"]')?.focus();
    isWalking = false;
  }, [current]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const buttons = [...(list.current?.querySelectorAll<HTMLElement>("button") ?? [])];
    const at = buttons.indexOf(event.target as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    buttons[Math.max(0, Math.min(buttons.length - 1, to))]?.focus();
  };
  return (
    <section class="block waterfall" aria-label="Trace">
      <div class="block-head">
        <h3>Trace</h3>
        <span class="soft">
          {rows.length + omitted} {rows.length + omitted === 1 ? "call" : "calls"} in {msText(totalMs)}
        </span>
      </div>
      <div class="axis" aria-hidden="true">
        <span>0</span>
        <span>{msText(totalMs / 2)}</span>
        <span>{msText(totalMs)}</span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveElementInteractions: it only moves the focus between its buttons */}
      <ol ref={list} onKeyDown={onKeyDown}>
        {rows.map((row) => (
          <Bar
            key={row.call.id}
            row={row}
            isCurrent={row.call.id === current}
            isReachable={row.call.id === reachable}
            onChoose={() => {
              isWalking = true;
              place.go({ call: row.call.id });
            }}
          />
        ))}
      </ol>
      {omitted > 0 ? <p class="soft">{omitted} more calls are not drawn.</p> : null}
    </section>
  );
}

const deepest = 8;

function Bar({
  row: { call, depth, start, share },
  isCurrent,
  isReachable,
  onChoose,
}: {
  readonly row: WaterfallRow;
  readonly isCurrent: boolean;
  readonly isReachable: boolean;
  readonly onChoose: () => void;
}) {
  const { service, method, code, kind, ms, sent, received } = call;
  const hasFailed = code !== 200;
  const own = service.slice(service.lastIndexOf(".") + 1);
  return (
    <li>
      <button
        type="button"
        class={`span ${kind}${hasFailed ? " failed" : ""}`}
        aria-current={isCurrent}
        tabIndex={isReachable ? 0 : -1}
        title={`${service} ${method}, ${msText(ms)}`}
        onClick={onChoose}
      >
        <span class="label" style={{ "--depth": Math.min(depth, deepest) }}>
          {hasFailed ? <FailedIcon /> : null}
          <bdi class="own">{own}</bdi>
          <bdi class="soft">{kind === "publish" || kind === "deliver" ? kind : method}</bdi>
          {hasFailed ? <span class="hidden">failed with {code}</span> : null}
        </span>
        <span class="lane">
          <span class="bar" style={{ left: `${start * 100}%`, width: `${share * 100}%` }} />
        </span>
        <span class="took">
          {kind === "stream" ? `↑${sent} ↓${received} ` : ""}
          {msText(ms)}
        </span>
      </button>
    </li>
  );
}
