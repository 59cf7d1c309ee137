import { useId } from "preact/hooks";
import { CloseButton } from "../panel/close-button.tsx";
import { type Draft, type DraftEntries, emptyDraft, pathTo } from "./draft.ts";
import type { Field } from "./field.ts";

/** What an input of a form needs. */
interface InputProps<Kind extends Field = Field> {
  readonly field: Kind;
  readonly draft: Draft;
  readonly path: string;
  readonly label: string;
  readonly isRequired: boolean;
  readonly problems: ReadonlyMap<string, string>;
  readonly onChange: (draft: Draft) => void;
}

type FieldOf<Kind extends Field["kind"]> = Extract<Field, { readonly kind: Kind }>;

/** The input for a field, and for all that stands in it. */
export function FieldInput(props: InputProps) {
  const { field } = props;
  switch (field.kind) {
    case "group":
      return props.path === "" ? (
        <Members {...props} field={field} />
      ) : (
        <Nest {...props}>
          <GroupInput {...props} field={field} />
        </Nest>
      );
    case "list":
    case "map":
      return (
        <Nest {...props}>
          <EntriesInput {...props} field={field} />
        </Nest>
      );
    default:
      return <ScalarInput {...props} />;
  }
}

/** What stands in a field, below its name. */
function Nest({
  label,
  field,
  path,
  problems,
  children,
}: InputProps & { readonly children: preact.ComponentChildren }) {
  return (
    <fieldset class="nest">
      <legend>
        <bdi>{label}</bdi> <span class="hint">{hintOf(field)}</span>
      </legend>
      {children}
      <Mistake text={problems.get(path)} />
    </fieldset>
  );
}

function Members(props: InputProps<FieldOf<"group">>) {
  const { field, draft, path, onChange } = props;
  const values = typeof draft === "object" && "members" in draft ? draft.members : new Map<string, Draft>();
  if (field.members.length === 0) return <p class="soft">It takes nothing.</p>;
  return (
    <>
      {field.members.map(({ name, field: member, isRequired }) => (
        <FieldInput
          key={name}
          {...props}
          field={member}
          draft={values.get(name)}
          path={pathTo(path, name)}
          label={name}
          isRequired={isRequired}
          onChange={(value) => onChange({ members: new Map([...values, [name, value]]) })}
        />
      ))}
    </>
  );
}

function GroupInput(props: InputProps<FieldOf<"group">>) {
  const { field, draft, label, isRequired, onChange } = props;
  if (draft === undefined && !isRequired) return <AddButton what={label} onClick={() => onChange(emptyDraft(field))} />;
  return (
    <>
      <Members {...props} />
      {isRequired ? null : <CloseButton label={`Remove ${label}`} onClick={() => onChange(undefined)} />}
    </>
  );
}

function EntriesInput(props: InputProps<FieldOf<"list"> | FieldOf<"map">>) {
  const { field, draft, path, label, onChange } = props;
  const entries = typeof draft === "object" && "entries" in draft ? draft.entries : [];
  // What lost its last entry is left out again.
  const change = (next: DraftEntries["entries"]): void => onChange(next.length === 0 ? undefined : { entries: next });
  return (
    <>
      {entries.map(([name, value], at) => (
        // An entry is what stands at its place, its name is being typed.
        <div key={at} class="entry">
          {field.kind === "list" ? null : (
            <input
              class="field"
              aria-label={`Name ${at + 1} of ${label}`}
              placeholder="name"
              value={name}
              onInput={(event) => change(entries.with(at, [event.currentTarget.value, value]))}
            />
          )}
          <FieldInput
            {...props}
            field={field.item}
            draft={value}
            path={pathTo(path, at)}
            label={`${label} ${at + 1}`}
            isRequired
            onChange={(fresh) => change(entries.with(at, [name, fresh]))}
          />
          <CloseButton label={`Remove ${label} ${at + 1}`} onClick={() => change(entries.toSpliced(at, 1))} />
        </div>
      ))}
      <AddButton what={label} onClick={() => change([...entries, ["", emptyDraft(field.item)]])} />
    </>
  );
}

function ScalarInput({ field, draft, path, label, isRequired, problems, onChange }: InputProps) {
  const id = useId();
  const problem = problems.get(path);
  const shared = {
    id,
    class: field.kind === "json" ? "field mono" : "field",
    value: typeof draft === "string" ? draft : "",
    spellcheck: false,
    autoComplete: "off",
    "aria-invalid": problem !== undefined,
    "aria-describedby": `${id}-problem`,
    onInput: ({ currentTarget }: { readonly currentTarget: { readonly value: string } }) =>
      onChange(currentTarget.value),
  };
  const choices = field.kind === "boolean" ? ["true", "false"] : field.kind === "enum" ? field.values : undefined;
  return (
    <div class="scalar">
      <label for={id}>
        <bdi>{label}</bdi>{" "}
        <span class="hint">
          {hintOf(field)}
          {isRequired ? "" : "?"}
        </span>
      </label>
      {choices !== undefined ? (
        <select {...shared}>
          <option value="">{isRequired ? "choose" : "left out"}</option>
          {choices.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      ) : field.kind === "json" ? (
        <textarea {...shared} rows={2} />
      ) : (
        <input {...shared} />
      )}
      <Mistake id={`${id}-problem`} text={problem} />
    </div>
  );
}

function hintOf(field: Field): string {
  switch (field.kind) {
    case "group":
      return field.title ?? "object";
    case "list":
    case "map":
      return `${field.kind} of ${hintOf(field.item)}`;
    case "bytes":
      return "base64";
    default:
      return field.kind;
  }
}

function AddButton({ what, onClick }: { readonly what: string; readonly onClick: () => void }) {
  return (
    <button type="button" class="button" onClick={onClick}>
      + {what}
    </button>
  );
}

function Mistake({ id, text }: { readonly id?: string; readonly text: string | undefined }) {
  return text === undefined ? null : (
    <p class="problem" id={id}>
      {text}
    </p>
  );
}
