import { useSignalEffect } from "@preact/signals";
import { useId } from "preact/hooks";
import { Problem } from "../panel/problem.tsx";
import { Segmented } from "../ui/segmented.tsx";
import { FieldInput } from "./field-input.tsx";
import type { InputState } from "./input-state.ts";

const mostRows = 18;

/** Where a request is written: field by field where there is a schema, or as JSON. */
export function RequestInput({ input, label }: { readonly input: InputState; readonly label: string }) {
  useSignalEffect(() => input.remember());
  const { field, mode } = input;
  return (
    <>
      <div class="line">
        <h3 class="grow">{label}</h3>
        {input.hasForm ? (
          <Segmented
            label="How it is written"
            values={["Form", "JSON"]}
            value={mode.value}
            onChange={(name) => input.change(name)}
          />
        ) : null}
      </div>
      <Problem text={input.refusal.value} />
      {mode.value === "JSON" ? (
        <JsonInput input={input} label={label} />
      ) : (
        <FieldInput
          field={field}
          draft={input.draft.value}
          path=""
          label={label}
          isRequired
          problems={input.checked.value.problems}
          onChange={(draft) => (input.draft.value = draft)}
        />
      )}
    </>
  );
}

function JsonInput({ input, label }: { readonly input: InputState; readonly label: string }) {
  const id = useId();
  const { fault } = input.checked.value;
  const text = input.text.value;
  return (
    <>
      <textarea
        class="field mono"
        aria-label={`${label} as JSON`}
        aria-invalid={fault !== undefined}
        aria-describedby={id}
        rows={Math.min(mostRows, Math.max(3, text.split("\n").length))}
        spellcheck={false}
        value={text}
        onInput={(event) => (input.text.value = event.currentTarget.value)}
      />
      <p class={fault === undefined ? "soft small" : "problem"} id={id}>
        {fault !== undefined
          ? `Line ${fault.line}, column ${fault.column}: ${fault.message}`
          : text.trim() === ""
            ? "No input is sent."
            : "Whole numbers beyond 2^53 go in quotes."}
      </p>
    </>
  );
}
