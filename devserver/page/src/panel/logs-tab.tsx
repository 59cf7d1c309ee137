import { signal, useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { LogEvent } from "../../../src/hub/protocol.ts";
import { usePage } from "../page-context.ts";
import { Blank } from "../ui/blank.tsx";
import { timeText } from "../ui/format.ts";
import { filterLogs, type LogLevel, levels, logsOf } from "./log-lines.ts";
import { useAnswer } from "./use-answer.ts";

const level = signal<LogLevel>("debug");

/** What a service logs, as it does. */
export function LogsTab({ name }: { readonly name: string }) {
  const { state } = usePage();
  const text = useSignal("");
  const follows = useSignal(true);
  const list = useRef<HTMLOListElement>(null);
  const { value } = useAnswer<{ readonly logs: readonly LogEvent[] }>({ type: "logs", service: name }, name);
  const logs = logsOf(name, value?.logs ?? [], state.events.value);
  const shown = filterLogs(logs, level.value, text.value);
  const last = shown.at(-1)?.number;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new last line is what it follows
  useLayoutEffect(() => {
    if (follows.value && list.current !== null) list.current.scrollTop = list.current.scrollHeight;
  }, [last, follows.value]);
  const onScroll = (): void => {
    const { scrollTop, scrollHeight, clientHeight } = list.current as HTMLOListElement;
    const isAtEnd = scrollHeight - scrollTop - clientHeight < 24;
    if (follows.peek() !== isAtEnd) follows.value = isAtEnd;
  };
  return (
    <div class="logs">
      <div class="tools">
        <select
          class="field"
          aria-label="Least level"
          value={level.value}
          onChange={(event) => (level.value = event.currentTarget.value as LogLevel)}
        >
          {levels.map((one) => (
            <option key={one} value={one}>
              {one === "error" ? "error" : `${one} and above`}
            </option>
          ))}
        </select>
        <input
          type="search"
          class="field grow"
          aria-label="Filter logs"
          placeholder="Filter"
          value={text.value}
          onInput={(event) => (text.value = event.currentTarget.value)}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={follows.value}
            onChange={(event) => (follows.value = event.currentTarget.checked)}
          />
          Follow
        </label>
      </div>
      {shown.length === 0 ? (
        logs.length === 0 ? (
          <Blank title="Nothing logged yet">
            What the service writes to <code>context.log</code>, or this process logs in its name, appears here.
          </Blank>
        ) : (
          <Blank title="Nothing fits the filter">{logs.length} lines are kept.</Blank>
        )
      ) : (
        // It scrolls, so the keyboard must get into it.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
        <ol class="log" ref={list} aria-label="Log" tabIndex={0} onScroll={onScroll}>
          {shown.map(({ number, at, level: one, text: line }) => (
            <li key={number} class={one}>
              <time>{timeText(at - state.aheadMs.value)}</time>
              <b>{one}</b>
              <span>{line}</span>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
