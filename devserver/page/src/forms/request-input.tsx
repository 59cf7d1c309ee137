import { useSignalEffect } from "@preact/signals";
import { useId } from "preact/hooks";
import { Segmented } from "../ui/segmented.tsx";
import { FieldInput, Members } from "./field-input.tsx";
import type { InputMode, InputState } from "./input-state.ts";

const names: Readonly<Record<string, InputMode>> = { Form: "form", JSON: "json" };

/** Where a request is written: field by field where there is a schema, or as JSON. */
export function RequestInput({ input, label }: { readonly input: InputState; readonly label: string }) {
  useSignalEffect(() => input.remember());
  const { field } = input;
  const { problems } = input.checked.value;
  const onChange = (draft: typeof input.draft.value): void => {
    input.draft.value = draft;
  };
  const draft = input.draft.value;
  return (
    <div class="request">
      <div class="request-head">
        <h4>{label}</h4>
        {input.hasForm ? (
          <Segmented
            label="How it is written"
            values={Object.keys(names)}
            value={input.mode.value === "form" ? "Form" : "JSON"}
            onChange={(name) => input.change(names[name] ?? "json")}
          />
        ) : null}
      </div>
      {input.refusal.value === "" ? null : (
        <p class="problem" role="status">
          {input.refusal.value}
        </p>
      )}
      {input.mode.value === "json" ? (
        <JsonInput input={input} label={label} />
      ) : field.kind === "group" && typeof draft === "object" && "members" in draft ? (
        <Members members={field.members} draft={draft} path="" problems={problems} onChange={onChange} />
      ) : (
        <FieldInput
          field={field}
          draft={draft}
          path=""
          label={label}
          isRequired
          problems={problems}
          onChange={onChange}
        />
      )}
    </div>
  );
}

const mostRows = 18;

function JsonInput({ input, label }: { readonly input: InputState; readonly label: string }) {
  const id = useId();
  const { fault } = input.checked.value;
  const text = input.text.value;
  return (
    <>
      <textarea
        class="field mono json-input"
        aria-label={`${label} as JSON`}
        aria-invalid={fault !== undefined}
        aria-describedby={id}
        rows={Math.min(mostRows, Math.max(3, text.split("\n").length))}
        spellcheck={false}
        autoComplete="off"
        value={text}
        onInput={(event) => (input.text.value = event.currentTarget.value)}
      />
      <p class={fault === undefined ? "soft small" : "problem"} id={id}>
        {fault === undefined
          ? text.trim() === ""
            ? "Nothing is sent as input."
            : "Whole numbers beyond 2^53 go in quotes."
          : `Line ${fault.line}, column ${fault.column}: ${fault.message}`}
      </p>
    </>
  );
}
