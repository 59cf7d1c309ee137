import { useId } from "preact/hooks";
import { CloseIcon } from "../ui/icons.tsx";
import { type Draft, type DraftGroup, emptyDraft, pathTo } from "./draft.ts";
import type { Field, Member } from "./field.ts";

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
      return <GroupInput {...props} field={field} />;
    case "list":
      return <ListInput {...props} field={field} />;
    case "map":
      return <MapInput {...props} field={field} />;
    default:
      return <ScalarInput {...props} />;
  }
}

/** The members of a group, one below the other. */
export function Members({
  members,
  draft,
  path,
  problems,
  onChange,
}: {
  readonly members: readonly Member[];
  readonly draft: DraftGroup;
  readonly path: string;
  readonly problems: ReadonlyMap<string, string>;
  readonly onChange: (draft: Draft) => void;
}) {
  if (members.length === 0) return <p class="soft">It takes nothing.</p>;
  return (
    <>
      {members.map(({ name, field, isRequired, rivals = [] }) => (
        <div key={name} class={rivals.length > 0 ? "member rival" : "member"}>
          <FieldInput
            field={field}
            draft={draft.members.get(name)}
            path={pathTo(path, name)}
            label={name}
            isRequired={isRequired}
            problems={problems}
            onChange={(value) => onChange({ members: new Map([...draft.members, [name, value]]) })}
          />
        </div>
      ))}
    </>
  );
}

function GroupInput({ field, draft, path, label, isRequired, problems, onChange }: InputProps<FieldOf<"group">>) {
  const isThere = typeof draft === "object" && "members" in draft;
  return (
    <fieldset class="nest">
      <Legend label={label} hint={field.title ?? "object"}>
        {isThere && !isRequired ? <RemoveButton label={label} onClick={() => onChange(undefined)} /> : null}
      </Legend>
      {isThere || isRequired ? (
        <Members
          members={field.members}
          draft={isThere ? draft : { members: new Map() }}
          path={path}
          problems={problems}
          onChange={onChange}
        />
      ) : (
        <AddButton what={label} onClick={() => onChange(emptyDraft(field))} />
      )}
      <Problem text={problems.get(path)} />
    </fieldset>
  );
}

function ListInput({ field, draft, path, label, problems, onChange }: InputProps<FieldOf<"list">>) {
  const items = typeof draft === "object" && "items" in draft ? draft.items : [];
  return (
    <fieldset class="nest">
      <Legend label={label} hint={`list of ${hintOf(field.item)}`} />
      {items.map((item, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an item is what stands at its place
        <div key={at} class="item">
          <FieldInput
            field={field.item}
            draft={item}
            path={pathTo(path, at)}
            label={`${label} ${at + 1}`}
            isRequired
            problems={problems}
            onChange={(value) => onChange({ items: items.with(at, value) })}
          />
          <RemoveButton label={`${label} ${at + 1}`} onClick={() => onChange(without(items, at))} />
        </div>
      ))}
      <AddButton what="item" onClick={() => onChange({ items: [...items, emptyDraft(field.item)] })} />
      <Problem text={problems.get(path)} />
    </fieldset>
  );
}

// A list that lost its last item is left out again.
function without(items: readonly Draft[], at: number): Draft {
  return items.length === 1 ? undefined : { items: items.toSpliced(at, 1) };
}

function MapInput({ field, draft, path, label, problems, onChange }: InputProps<FieldOf<"map">>) {
  const entries = typeof draft === "object" && "entries" in draft ? draft.entries : [];
  const put = (at: number, name: string, value: Draft): void => onChange({ entries: entries.with(at, [name, value]) });
  return (
    <fieldset class="nest">
      <Legend label={label} hint={`${hintOf(field.item)} by name`} />
      {entries.map(([name, value], at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an entry is what stands at its place, its name is being typed
        <div key={at} class="item entry">
          <input
            class="field"
            aria-label={`Name ${at + 1} of ${label}`}
            placeholder="name"
            value={name}
            onInput={(event) => put(at, event.currentTarget.value, value)}
          />
          <FieldInput
            field={field.item}
            draft={value}
            path={pathTo(path, at)}
            label={`Value ${at + 1} of ${label}`}
            isRequired
            problems={problems}
            onChange={(fresh) => put(at, name, fresh)}
          />
          <RemoveButton
            label={`${label} ${at + 1}`}
            onClick={() => onChange(entries.length === 1 ? undefined : { entries: entries.toSpliced(at, 1) })}
          />
        </div>
      ))}
      <AddButton what="entry" onClick={() => onChange({ entries: [...entries, ["", emptyDraft(field.item)]] })} />
      <Problem text={problems.get(path)} />
    </fieldset>
  );
}

function ScalarInput({ field, draft, path, label, isRequired, problems, onChange }: InputProps) {
  const id = useId();
  const problem = problems.get(path);
  const shared = {
    id,
    class: "field",
    value: typeof draft === "string" ? draft : "",
    "aria-invalid": problem !== undefined,
    "aria-describedby": problem === undefined ? undefined : `${id}-problem`,
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
        <select {...shared} onChange={(event) => onChange(event.currentTarget.value)}>
          <option value="">{isRequired ? "choose" : "left out"}</option>
          {choices.map((choice) => (
            <option key={choice} value={choice}>
              {choice}
            </option>
          ))}
        </select>
      ) : field.kind === "json" ? (
        <textarea {...shared} class="field mono" rows={2} onInput={(event) => onChange(event.currentTarget.value)} />
      ) : (
        <input
          {...shared}
          inputMode={["integer", "int64", "number"].includes(field.kind) ? "decimal" : "text"}
          autoComplete="off"
          spellcheck={false}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
      <Problem id={`${id}-problem`} text={problem} />
    </div>
  );
}

function hintOf(field: Field): string {
  switch (field.kind) {
    case "group":
      return field.title ?? "object";
    case "bytes":
      return "base64";
    default:
      return field.kind;
  }
}

function Legend({
  label,
  hint,
  children,
}: {
  readonly label: string;
  readonly hint: string;
  readonly children?: preact.ComponentChildren;
}) {
  return (
    <legend>
      <bdi>{label}</bdi> <span class="hint">{hint}</span>
      {children}
    </legend>
  );
}

function AddButton({ what, onClick }: { readonly what: string; readonly onClick: () => void }) {
  return (
    <button type="button" class="button quiet small" onClick={onClick}>
      + {what}
    </button>
  );
}

function RemoveButton({ label, onClick }: { readonly label: string; readonly onClick: () => void }) {
  return (
    <button type="button" class="button quiet icon small" aria-label={`Remove ${label}`} onClick={onClick}>
      <CloseIcon />
    </button>
  );
}

function Problem({ id, text }: { readonly id?: string; readonly text: string | undefined }) {
  if (text === undefined) return null;
  return (
    <p class="problem" id={id}>
      {text}
    </p>
  );
}
