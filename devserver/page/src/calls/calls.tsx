import { signal, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { CallSummary } from "../../../src/hub/protocol.ts";
import { usePage } from "../page-context.ts";
import { MoreButton } from "../panel/more-button.tsx";
import { moveFocus } from "../panel/move-focus.ts";
import { Blank } from "../ui/blank.tsx";
import { NoFit } from "../ui/no-fit.tsx";
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
  const found = useMemo(() => shown.filter(parseFilter(filter.value).matches).reverse(), [shown, filter.value]);
  const rows = found.slice(0, limit.value);
  const longest = rows.reduce((most, { ms }) => Math.max(most, ms), 1);
  const chosen = rows.find(({ id }) => id === place.call.value) ?? rows[0];
  const release = (): void => {
    isPaused.value = isHeld.value = false;
    list.current?.scrollTo({ top: 0 });
  };
  // Another filter is another question, and is asked of the newest.
  // The filter is what it waits for.
  useEffect(() => void (isHeld.value = false), [filter.value, rows.length === 0]);
  return (
    <section class="table-view" aria-label="Calls">
      <CallTools
        filter={filter}
        isPaused={isPaused}
        amount={found.length === shown.length ? `${shown.length}` : `${found.length} of ${shown.length}`}
        waiting={stands ? all.filter(({ number }) => number > last).length : 0}
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
          onKeyDown={(event) => moveFocus(event, ".row")}
          onFocusOut={(event) => {
            // Who looks at one of the calls comes back to where it is.
            const goesOn =
              place.call.peek() === undefined && !event.currentTarget.contains(event.relatedTarget as Node);
            if (goesOn) isHeld.value = event.currentTarget.scrollTop > 8;
          }}
        >
          <ol>
            {rows.map((call) => (
              <CallRow
                key={call.number}
                call={call}
                longest={longest}
                isReachable={call === chosen}
                onFocus={() => (isHeld.value = true)}
              />
            ))}
          </ol>
          <MoreButton limit={limit} of={found.length} step={step} />
        </div>
      )}
    </section>
  );
}

function NoCalls({ isFiltered }: { readonly isFiltered: boolean }) {
  const { state, connection } = usePage();
  if (isFiltered) {
    return <NoFit filter={filter} />;
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
  return <Blank title="No calls yet">Open a service and call it from its form: it appears here when it ended.</Blank>;
}
