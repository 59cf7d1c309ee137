import { useSignal } from "@preact/signals";
import type { WireError } from "../../../src/hub/protocol.ts";
import type { JsonText } from "../../../src/observe/json-text.ts";
import { RequestError } from "../live/connection.ts";
import { usePage } from "../page-context.ts";
import { AnswerView } from "./answer-view.tsx";
import type { InputState } from "./input-state.ts";
import { RequestInput } from "./request-input.tsx";
import { onSendKey, sendKey } from "./send-key.ts";
import { timeoutOf } from "./timeout-of.ts";

/** How a call ended. */
export interface Outcome {
  readonly ms: number;
  readonly answer?: JsonText;
  readonly error?: WireError;
}

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
  const send = async (): Promise<void> => {
    if (isBusy.peek() || !input.isReady.peek()) return;
    isBusy.value = true;
    const { value } = input.checked.peek();
    const timeoutMs = timeoutOf(input.timeout.peek());
    const request = { type: "invoke", service, method, input: value, ...(timeoutMs !== undefined && { timeoutMs }) };
    outcome.value = await timed(() => connection.ask<JsonText>(request as Parameters<typeof connection.ask>[0]));
    isBusy.value = false;
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveElementInteractions: Ctrl+Enter from whatever field has the focus
    <form
      class="call-form"
      aria-label={`Call ${method}`}
      onKeyDown={onSendKey(() => void send())}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <RequestInput input={input} label="Request" />
      <div class="send-line">
        <TimeoutField input={input} />
        <button type="submit" class="button primary" disabled={isBusy.value || !input.isReady.value}>
          {isBusy.value ? "Calling …" : "Call"}
          <kbd>{sendKey}</kbd>
        </button>
      </div>
      <div aria-live="polite">{outcome.value === undefined ? null : <AnswerView outcome={outcome.value} />}</div>
    </form>
  );
}

/** Waits for an answer and says how long it took, as the page sees it. */
export async function timed(work: () => Promise<JsonText>): Promise<Outcome> {
  const begin = performance.now();
  try {
    const answer = await work();
    return { ms: performance.now() - begin, answer };
  } catch (error) {
    const plain = { id: "", code: 0, detail: String(error), status: "" };
    return { ms: performance.now() - begin, error: error instanceof RequestError ? error.wire : plain };
  }
}

function TimeoutField({ input }: { readonly input: InputState }) {
  const isWrong = Number.isNaN(timeoutOf(input.timeout.value));
  return (
    <label class="timeout">
      Timeout
      <input
        class="field"
        placeholder="default"
        aria-invalid={isWrong}
        value={input.timeout.value}
        onInput={(event) => (input.timeout.value = event.currentTarget.value)}
      />
      {isWrong ? <span class="problem">such as 500ms or 2s, at most 60s</span> : null}
    </label>
  );
}
