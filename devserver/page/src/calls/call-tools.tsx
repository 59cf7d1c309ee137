import type { Signal } from "@preact/signals";
import { usePage } from "../page-context.ts";
import { PauseIcon, ReplayIcon } from "../panel/icons.tsx";
import { filterHelp, hasWord, parseFilter, replaceWords, toggleWord } from "./call-filter.ts";

const slow = ">100ms";
const kinds = ["call", "stream", "publish", "deliver"];

/** The filter of the calls, and whether they are captured and go on. */
export function CallTools({
  filter,
  isPaused,
  found,
  total,
  waiting,
  onRelease,
}: {
  readonly filter: Signal<string>;
  readonly isPaused: Signal<boolean>;
  readonly found: number;
  readonly total: number;
  readonly waiting: number;
  readonly onRelease: () => void;
}) {
  const text = filter.value;
  const { unknown } = parseFilter(text);
  const kind = kinds.find((one) => hasWord(text, `kind:${one}`)) ?? "";
  return (
    <div class="toolbar call-tools">
      <h2>Calls</h2>
      <span class="amount">{found === total ? total : `${found} of ${total}`}</span>
      <input
        type="search"
        class="field filter"
        aria-label={`Filter calls: ${filterHelp}`}
        aria-invalid={unknown.length > 0}
        placeholder="Filter: text, is:error, >100ms, kind:stream"
        title={filterHelp}
        value={text}
        onInput={(event) => (filter.value = event.currentTarget.value)}
      />
      {unknown.length === 0 ? null : (
        <span class="problem" role="status">
          {unknown[0]} says nothing here
        </span>
      )}
      <button
        type="button"
        class="chip"
        aria-pressed={hasWord(text, "is:error")}
        onClick={() => (filter.value = toggleWord(text, "is:error"))}
      >
        Errors
      </button>
      <button
        type="button"
        class="chip"
        aria-pressed={hasWord(text, slow)}
        onClick={() =>
          (filter.value = hasWord(text, slow) ? replaceWords(text, ">", "") : replaceWords(text, ">", slow))
        }
      >
        Slower than 100 ms
      </button>
      <select
        class="field"
        aria-label="Kind"
        value={kind}
        onChange={({ currentTarget: { value } }) =>
          (filter.value = replaceWords(text, "kind:", value === "" ? "" : `kind:${value}`))
        }
      >
        <option value="">all kinds</option>
        {kinds.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
      <span class="space" />
      {waiting > 0 ? (
        <button type="button" class="button fresh" onClick={onRelease}>
          ↑ {waiting} new
        </button>
      ) : null}
      <button
        type="button"
        class="button quiet"
        aria-pressed={isPaused.value}
        onClick={() => (isPaused.value ? onRelease() : (isPaused.value = true))}
      >
        {isPaused.value ? <ReplayIcon /> : <PauseIcon />}
        {isPaused.value ? "Go on" : "Pause"}
      </button>
      <Capture />
    </div>
  );
}

function Capture() {
  const { state, connection } = usePage();
  const { capturing = true, skippedCalls = 0 } = state.status.value ?? {};
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={capturing}
        onChange={({ currentTarget }) => {
          connection.ask({ type: "capture", on: currentTarget.checked }).catch(() => {
            currentTarget.checked = capturing;
          });
        }}
      />
      Capture
      {skippedCalls === 0 ? null : (
        <span class="badge warn" title="Too many came in the same second">
          {skippedCalls} skipped
        </span>
      )}
    </label>
  );
}
