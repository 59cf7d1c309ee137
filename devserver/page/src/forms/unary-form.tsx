import { useSignal } from "@preact/signals";
import type { JsonText } from "../../../src/observe/json-text.ts";
import { usePage } from "../page-context.ts";
import { AnswerView } from "./answer-view.tsx";
import type { InputState } from "./input-state.ts";
import { type Outcome, timed } from "./outcome.ts";
import { RequestInput } from "./request-input.tsx";
import { SendButton, SendForm } from "./send-form.tsx";
import { timeoutOf } from "./timeout-of.ts";

/** Calls a method that answers once. */
export function UnaryForm({
  service,
  method,
  input,
}: {
  readonly service: string;
  readonly method: string;
  readonly input: InputState;
}) {
  const { connection } = usePage();
  const isBusy = useSignal(false);
  const outcome = useSignal<Outcome | undefined>(undefined);
  const timeoutMs = timeoutOf(input.timeout.value);
  const isWrong = Number.isNaN(timeoutMs);
  const isReady = input.isReady.value && !isWrong && !isBusy.value;
  const send = async (): Promise<void> => {
    if (!isReady) return;
    isBusy.value = true;
    const limit = timeoutMs === undefined ? {} : { timeoutMs };
    const { value } = input.checked.peek();
    outcome.value = await timed(connection.ask<JsonText>({ type: "invoke", service, method, input: value, ...limit }));
    isBusy.value = false;
  };
  return (
    <SendForm label={`Call ${method}`} onSend={() => void send()}>
      <RequestInput input={input} label="Request" />
      <div class="line">
        <label class="soft line grow">
          Timeout
          <input
            class="field timeout"
            placeholder="default"
            aria-invalid={isWrong}
            value={input.timeout.value}
            onInput={(event) => (input.timeout.value = event.currentTarget.value)}
          />
          {isWrong ? <span class="problem">such as 500ms or 2s, at most 60s</span> : null}
        </label>
        <SendButton label={isBusy.value ? "Calling …" : "Call"} isReady={isReady} />
      </div>
      <div aria-live="polite">{outcome.value === undefined ? null : <AnswerView outcome={outcome.value} />}</div>
    </SendForm>
  );
}
