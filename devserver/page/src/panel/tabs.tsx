import { useId, useRef } from "preact/hooks";

/** One of {@link Tabs}. */
export interface Tab<Name extends string> {
  readonly name: Name;
  readonly title: string;
  /** Stands beside the title; nothing when absent. */
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
  const list = useRef<HTMLDivElement>(null);
  const at = Math.max(
    0,
    tabs.findIndex(({ name }) => name === current),
  );
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = nextOf(event.key, at, tabs.length);
    const tab = next === undefined ? undefined : tabs[next];
    if (next === undefined || tab === undefined) return;
    event.preventDefault();
    onChange(tab.name);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[next]?.focus();
  };
  return (
    <>
      <div class="tabs" role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown}>
        {tabs.map(({ name, title, count, isBad = false }, index) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${id}-${name}`}
            aria-controls={`${id}-panel`}
            aria-selected={index === at}
            tabIndex={index === at ? 0 : -1}
            onClick={() => onChange(name)}
          >
            {title}
            {count === undefined || count === 0 ? null : <span class={isBad ? "count bad" : "count"}>{count}</span>}
          </button>
        ))}
      </div>
      <div class="tab-panel" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${current}`} key={current}>
        {tabs[at]?.content()}
      </div>
    </>
  );
}

function nextOf(key: string, at: number, count: number): number | undefined {
  switch (key) {
    case "ArrowRight":
      return (at + 1) % count;
    case "ArrowLeft":
      return (at + count - 1) % count;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}
