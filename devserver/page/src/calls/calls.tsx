import { signal, useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import type { CallSummary } from "../../../src/hub/protocol.ts";
import { usePage } from "../page-context.ts";
import { Blank } from "../ui/blank.tsx";
import { parseFilter } from "./call-filter.ts";
import { CallRow } from "./call-row.tsx";
import { CallTools } from "./call-tools.tsx";

const step = 150;

// They outlive the view, so that who comes back finds it as it was.
const filter = signal("");
const isPaused = signal(false);

/** The calls that ended, the newest first; it stands still while it is read. */
export function Calls() {
  const { state, place } = usePage();
  const limit = useSignal(step);
  const isHeld = useSignal(false);
  const list = useRef<HTMLDivElement>(null);
  const kept = useRef<readonly CallSummary[]>([]);
  const all = state.calls.value;
  const stands = isPaused.value || isHeld.value;
  if (!stands) kept.current = all;
  const shown = kept.current;
  const last = shown.at(-1)?.number ?? 0;
  const waiting = stands ? all.filter(({ number }) => number > last).length : 0;
  const { matches } = useMemo(() => parseFilter(filter.value), [filter.value]);
  const found = useMemo(() => shown.filter(matches).reverse(), [shown, matches]);
  const rows = found.slice(0, limit.value);
  const longest = rows.reduce((most, { ms }) => Math.max(most, ms), 1);
  const chosen = place.call.value;
  const current = rows.some(({ id }) => id === chosen) ? chosen : rows[0]?.id;
  const release = (): void => {
    isPaused.value = false;
    isHeld.value = false;
    list.current?.scrollTo({ top: 0 });
  };
  return (
    <section class="calls" aria-label="Calls">
      <CallTools
        filter={filter}
        isPaused={isPaused}
        found={found.length}
        total={shown.length}
        waiting={waiting}
        onRelease={release}
      />
      {rows.length === 0 ? (
        <NoCalls isFiltered={shown.length > 0} />
      ) : (
        // biome-ignore lint/a11y/noStaticElementInteractions: it only moves the focus between its rows
        <div
          class="call-list"
          ref={list}
          onScroll={(event) => (isHeld.value = event.currentTarget.scrollTop > 8)}
          onKeyDown={moveFocus}
        >
          <ol>
            {rows.map((call) => (
              <CallRow
                key={call.number}
                call={call}
                longest={longest}
                isChosen={call.id === chosen}
                isReachable={call.id === current}
                onOpen={() => place.go({ call: call.id })}
                onFocus={() => (isHeld.value = true)}
              />
            ))}
          </ol>
          {found.length > rows.length ? (
            <button type="button" class="button more" onClick={() => (limit.value += step)}>
              Show {Math.min(step, found.length - rows.length)} more of {found.length}
            </button>
          ) : null}
        </div>
      )}
    </section>
  );
}

function NoCalls({ isFiltered }: { readonly isFiltered: boolean }) {
  const { state, connection } = usePage();
  if (isFiltered) {
    return (
      <Blank title="No call fits the filter">
        <button type="button" class="link" onClick={() => (filter.value = "")}>
          Clear the filter
        </button>
      </Blank>
    );
  }
  if (state.status.value?.capturing === false) {
    return (
      <Blank title="Capture is off">
        <button type="button" class="link" onClick={() => void connection.ask({ type: "capture", on: true })}>
          Capture calls
        </button>{" "}
        to see them here.
      </Blank>
    );
  }
  return (
    <Blank title="No calls yet">Call a service, or open one and use its form: what ends appears here at once.</Blank>
  );
}

/** The arrow keys go from row to row. */
function moveFocus(event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void {
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>(".call-row")];
  const at = rows.indexOf(event.target as HTMLElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 10, PageUp: at - 10, Home: 0, End: rows.length }[
    event.key
  ];
  if (to === undefined || at < 0) return;
  event.preventDefault();
  rows[Math.max(0, Math.min(rows.length - 1, to))]?.focus();
}
