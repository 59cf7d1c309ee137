import type { Signal } from "@preact/signals";
import { usePage } from "../page-context.ts";
import { CheckBox } from "../panel/check-box.tsx";
import { Problem } from "../panel/problem.tsx";
import { SearchField } from "../ui/search-field.tsx";
import { filterHelp, hasWord, kinds, parseFilter, toggleWord } from "./call-filter.ts";

const chips = { "is:error": "Errors", ">100ms": "Slower than 100 ms" };

/** The filter of the calls, and whether they are captured and go on. */
export function CallTools({
  filter,
  isPaused,
  amount,
  waiting,
  onRelease,
}: {
  readonly filter: Signal<string>;
  readonly isPaused: Signal<boolean>;
  readonly amount: string;
  readonly waiting: number;
  readonly onRelease: () => void;
}) {
  const { state, connection } = usePage();
  const { capturing = true, skippedCalls = 0 } = state.status.value ?? {};
  const text = filter.value;
  const [unknown] = parseFilter(text).unknown;
  const kind = kinds.find((one) => hasWord(text, `kind:${one}`)) ?? "";
  return (
    <div class="toolbar call-tools">
      <h2>Calls</h2>
      <span class="amount">{amount}</span>
      <SearchField text={filter} label="Filter calls" hint={filterHelp} />
      {Object.entries(chips).map(([word, title]) => (
        <button
          key={word}
          type="button"
          class="button chip"
          aria-pressed={hasWord(text, word)}
          onClick={() => (filter.value = toggleWord(text, word))}
        >
          {title}
        </button>
      ))}
      <select
        class="field"
        aria-label="Kind"
        value={kind}
        onChange={({ currentTarget: { value } }) => {
          const others = kind === "" ? text : toggleWord(text, `kind:${kind}`);
          filter.value = value === "" ? others : toggleWord(others, `kind:${value}`);
        }}
      >
        <option value="">all kinds</option>
        {kinds.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
      <Problem text={unknown === undefined ? "" : `${unknown} says nothing here`} />
      <span class="grow" />
      {waiting === 0 ? null : (
        <button type="button" class="button" onClick={onRelease}>
          ↑ {waiting} new
        </button>
      )}
      <button
        type="button"
        class="button chip"
        aria-pressed={isPaused.value}
        onClick={() => (isPaused.value ? onRelease() : (isPaused.value = true))}
      >
        Pause
      </button>
      {skippedCalls === 0 ? null : (
        <span class="badge warn" title="Too many came in the same second">
          {skippedCalls} skipped
        </span>
      )}
      <CheckBox isOn={capturing} onChange={(on) => void connection.ask({ type: "capture", on }).catch(() => {})}>
        Capture
      </CheckBox>
    </div>
  );
}
