import { WindowPicker } from "../tables/window-picker.tsx";
import type { GraphModel } from "./graph-model.ts";
import { toggled } from "./kept.ts";
import { plural } from "./texts.ts";

/** Search, the window of time, groups and what is hidden. */
export function Toolbar({ model }: { readonly model: GraphModel }) {
  return (
    <div class="bar">
      <Search model={model} />
      <WindowPicker />
      <Groups model={model} />
      <Hidden model={model} />
      <button type="button" class="button quiet" onClick={() => model.tidy()} title="Place everything anew">
        Tidy
      </button>
    </div>
  );
}

function Search({ model }: { readonly model: GraphModel }) {
  const { query, found } = model.focus;
  const count = found.value?.size;
  return (
    <div class="search">
      <input
        class="field"
        type="search"
        aria-label="Find in the graph"
        placeholder="Find a service"
        value={query}
        onInput={(event) => {
          query.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") model.selectFirst();
        }}
      />
      <output>{count === undefined ? "" : `${count} found`}</output>
    </div>
  );
}

function Groups({ model }: { readonly model: GraphModel }) {
  const { collapsed } = model.kept;
  const namespaces = [...model.structure.value.namespaces].filter(
    ([name, count]) => count > 1 || collapsed.value.has(name),
  );
  if (namespaces.length === 0) return null;
  return (
    <details class="menu">
      <summary class="button">Groups{collapsed.value.size > 0 ? ` (${collapsed.value.size})` : ""}</summary>
      <div>
        {namespaces.map(([name, count]) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={collapsed.value.has(name)}
              onChange={() => {
                collapsed.value = toggled(collapsed.value, name);
              }}
            />
            <span>{name}</span> <small>{plural(count, "service")}</small>
          </label>
        ))}
      </div>
    </details>
  );
}

function Hidden({ model }: { readonly model: GraphModel }) {
  const { hidden } = model.structure.value;
  if (hidden.length === 0) return null;
  return (
    <button type="button" class="button quiet" onClick={() => model.showHidden()}>
      Show {hidden.length} hidden
    </button>
  );
}
