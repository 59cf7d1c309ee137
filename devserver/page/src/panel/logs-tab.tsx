import { signal, useSignal } from "@preact/signals";
import type { LogEvent } from "../../../src/hub/protocol.ts";
import { usePage } from "../page-context.ts";
import { Blank } from "../ui/blank.tsx";
import { timeText } from "../ui/format.ts";
import { NoFit } from "../ui/no-fit.tsx";
import { SearchField } from "../ui/search-field.tsx";
import { CheckBox } from "./check-box.tsx";
import { filterLogs, type LogLevel, levels, logsOf } from "./log-lines.ts";
import { useAnswer } from "./use-answer.ts";
import { useFollow } from "./use-follow.ts";

const level = signal<LogLevel>("debug");

/** What a service logs, as it does. */
export function LogsTab({ name }: { readonly name: string }) {
  const { state } = usePage();
  const text = useSignal("");
  const { value } = useAnswer<{ readonly logs: readonly LogEvent[] }>({ type: "logs", service: name }, name);
  const logs = logsOf(name, value?.logs ?? [], state.events.value);
  const shown = filterLogs(logs, level.value, text.value);
  const { follows, scroll } = useFollow(shown.at(-1)?.number ?? 0);
  return (
    <>
      <div class="tools">
        <select
          class="field"
          aria-label="Least level"
          value={level.value}
          onChange={(event) => (level.value = event.currentTarget.value as LogLevel)}
        >
          {levels.map((one) => (
            <option key={one} value={one}>
              {one === "error" ? one : `${one} and above`}
            </option>
          ))}
        </select>
        <SearchField text={text} label="Filter logs" />
        <CheckBox isOn={follows.value} onChange={(isOn) => (follows.value = isOn)}>
          Follow
        </CheckBox>
      </div>
      {logs.length === 0 ? (
        <Blank title="Nothing logged yet">
          What its code says to <code>context.log</code> appears here.
        </Blank>
      ) : shown.length === 0 ? (
        <NoFit filter={text} />
      ) : (
        <ol class="log" aria-label="Log" {...scroll}>
          {shown.map(({ number, at, level: one, text: line }) => (
            <li key={number} class={one}>
              <time>{timeText(at)}</time>
              <b>{one}</b>
              <span class="message">{line}</span>
            </li>
          ))}
        </ol>
      )}
    </>
  );
}
