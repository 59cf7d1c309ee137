import { useEffect, useMemo, useRef } from "preact/hooks";
import type { CallSummary } from "../../../src/hub/protocol.ts";
import { usePage } from "../page-context.ts";
import { Block } from "../panel/block.tsx";
import { markOf } from "../panel/code-badge.tsx";
import { moveFocus } from "../panel/move-focus.ts";
import { msText, plural } from "../ui/format.ts";
import { whatOf } from "./kind-texts.ts";
import { waterfallOf } from "./waterfall.ts";

// Choosing a call opens another view of it, in which whoever walks along the trace goes on.
let isWalking = false;
const deepest = 8;

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
  useEffect(() => {
    const row = isWalking ? list.current?.querySelector<HTMLElement>('[aria-current="true"]') : null;
    row?.focus();
    if (row) isWalking = false;
  });
  const count = rows.length + omitted;
  return (
    <Block
      title="Trace"
      kind="waterfall"
      beside={
        <span class="soft">
          {plural(count, "call")} in {msText(totalMs)}
        </span>
      }
    >
      <div class="axis soft" aria-hidden="true">
        <span>0</span>
        <span>{msText(totalMs / 2)}</span>
        <span>{msText(totalMs)}</span>
      </div>
      {/* It only moves the focus between its buttons. */}
      <ol class="wide" ref={list} onKeyDown={(event) => moveFocus(event, ".row")}>
        {rows.map(({ call, depth, start, share }) => {
          const { id, service, code, kind, ms, sent, received } = call;
          return (
            <li key={id}>
              <button
                type="button"
                class="row span"
                aria-current={id === current}
                tabIndex={id === current ? 0 : -1}
                title={`${service} ${whatOf(call)}`}
                onClick={() => {
                  isWalking = true;
                  place.go({ call: id });
                }}
              >
                <span
                  class={`label ${code === 200 ? "" : "bad failed"}`}
                  style={{ "--depth": Math.min(depth, deepest) }}
                >
                  <bdi>{service.slice(service.lastIndexOf(".") + 1)}</bdi> <bdi class="soft">{whatOf(call)}</bdi>
                  {code === 200 ? null : <span class="hidden">failed with {code}</span>}
                </span>
                <span class="lane">
                  <span
                    class={`bar ${kind} ${markOf(code)}`}
                    style={{ left: `${start * 100}%`, width: `${share * 100}%` }}
                  />
                </span>
                <span class="took soft small">
                  {kind === "stream" ? `↑${sent} ↓${received} ` : ""}
                  {msText(ms)}
                </span>
              </button>
            </li>
          );
        })}
      </ol>
      {omitted > 0 ? <p class="soft">{omitted} more calls are not drawn.</p> : null}
    </Block>
  );
}
