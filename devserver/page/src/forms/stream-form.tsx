import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { WireError } from "../../../src/hub/protocol.ts";
import type { PageStream } from "../live/connection.ts";
import { usePage } from "../page-context.ts";
import type { ListedMethod } from "../panel/endpoints.ts";
import type { InputState } from "./input-state.ts";
import { RequestInput } from "./request-input.tsx";
import { SendButton, SendForm } from "./send-form.tsx";
import { StreamItems } from "./stream-items.tsx";
import { emptyLog, withItem } from "./stream-log.ts";

/** Where a stream stands; `sent` when no more items follow from here. */
export type StreamStage = "new" | "open" | "sent" | "ended" | "cancelled" | "failed";

/** Opens a stream to a method, sends items and shows what comes. */
export function StreamForm({
  service,
  method,
  kind,
  input,
}: {
  readonly service: string;
  readonly method: string;
  readonly kind: ListedMethod["kind"];
  readonly input: InputState;
}) {
  const stream = useStream(service, method);
  const { stage } = stream;
  const isOpen = stage.value === "open" || stage.value === "sent";
  const takesItems = kind !== "serverStream";
  const act = (): void => {
    if (!input.isReady.peek()) return;
    const { value } = input.checked.peek();
    if (!isOpen) stream.open(takesItems ? undefined : value);
    // What a stream of requests takes are items, and the first one may go out as soon as it is open.
    if (takesItems && stage.peek() === "open") stream.send(value);
  };
  return (
    <SendForm label={`Stream ${method}`} onSend={act}>
      <RequestInput input={input} label={takesItems ? "Item" : "Request"} />
      <div class="line end">
        {isOpen ? (
          <button type="button" class="button" onClick={stream.cancel}>
            Cancel
          </button>
        ) : null}
        {isOpen && takesItems ? (
          <button
            type="button"
            class="button"
            title="Says that no more items follow; answers still come"
            disabled={stage.value === "sent"}
            onClick={stream.end}
          >
            Half-close
          </button>
        ) : null}
        {isOpen || !takesItems ? null : (
          <button type="button" class="button" onClick={() => stream.open(undefined)}>
            Open only
          </button>
        )}
        {isOpen && !takesItems ? null : (
          <SendButton
            label={isOpen ? "Send item" : takesItems ? "Open and send" : "Open"}
            isReady={input.isReady.value && stage.value !== "sent"}
          />
        )}
      </div>
      {stage.value === "new" ? null : (
        <StreamItems log={stream.log.value} stage={stage.value} error={stream.error.value} />
      )}
    </SendForm>
  );
}

const drawMs = 100;

function useStream(service: string, method: string) {
  const { connection } = usePage();
  const stage = useSignal<StreamStage>("new");
  const log = useSignal(emptyLog);
  const error = useSignal<WireError | undefined>(undefined);
  const current = useRef<PageStream | undefined>(undefined);
  const begin = useRef(0);
  // Nobody sees what comes when the form is gone.
  useEffect(() => () => current.current?.close(), []);
  const full = useRef(emptyLog);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  // Thousands of items a second are not drawn one by one.
  const add = (isSent: boolean, text: string): void => {
    full.current = withItem(full.current, isSent, text, performance.now() - begin.current);
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      log.value = full.current;
    }, drawMs);
  };
  const open = (value: unknown): void => {
    current.current?.close();
    begin.current = performance.now();
    full.current = emptyLog;
    [log.value, error.value, stage.value] = [emptyLog, undefined, "open"];
    const own: PageStream = connection.open(service, method, value, {
      onItem: (text) => current.current === own && add(false, text),
      onEnd(failure) {
        if (current.current !== own) return;
        current.current = undefined;
        error.value = failure;
        if (stage.value !== "cancelled") stage.value = failure === undefined ? "ended" : "failed";
      },
    });
    current.current = own;
    if (value !== undefined) add(true, JSON.stringify(value));
  };
  const send = (value: unknown): void => {
    current.current?.send(value);
    add(true, JSON.stringify(value) ?? "");
  };
  const end = (): void => {
    current.current?.end();
    stage.value = "sent";
  };
  const cancel = (): void => {
    stage.value = "cancelled";
    current.current?.close();
  };
  return { stage, log, error, open, send, end, cancel };
}
