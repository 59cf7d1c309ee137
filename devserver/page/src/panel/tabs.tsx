import { useId } from "preact/hooks";
import { moveFocus } from "./move-focus.ts";

/** One of {@link Tabs}. */
export interface Tab<Name extends string> {
  readonly name: Name;
  /** Stands beside the name; nothing when absent or 0. */
  readonly count?: number | undefined;
  readonly isBad?: boolean;
  readonly content: () => preact.JSX.Element;
}

/** Parts of which one is shown; the arrow keys go from one to the next. */
export function Tabs<Name extends string>({
  label,
  tabs,
  current,
  onChange,
}: {
  readonly label: string;
  readonly tabs: readonly Tab<Name>[];
  readonly current: Name;
  readonly onChange: (name: Name) => void;
}) {
  const id = useId();
  return (
    <>
      <div
        class="tabs"
        role="tablist"
        aria-label={label}
        onKeyDown={(event) => moveFocus(event, "button", "ArrowRight", "ArrowLeft")}
      >
        {tabs.map(({ name, count = 0, isBad = false }) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${id}-${name}`}
            aria-controls={id}
            aria-selected={name === current}
            tabIndex={name === current ? 0 : -1}
            onClick={() => onChange(name)}
            onFocus={() => onChange(name)}
          >
            {name}
            {count === 0 ? null : <span class={isBad ? "badge bad" : "badge"}>{count}</span>}
          </button>
        ))}
      </div>
      <div class="tab-panel" role="tabpanel" id={id} aria-labelledby={`${id}-${current}`} key={current}>
        {tabs.find(({ name }) => name === current)?.content()}
      </div>
    </>
  );
}
