import { CheckBox } from "../panel/check-box.tsx";
import { WindowPicker } from "../tables/window-picker.tsx";
import { plural } from "../ui/format.ts";
import { SearchField } from "../ui/search-field.tsx";
import type { GraphModel } from "./graph-model.ts";

/** Search, the window of time, groups and what is hidden. */
export function Toolbar({ model }: { readonly model: GraphModel }) {
  return (
    <div class="toolbar">
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
    <div class="line search">
      <SearchField text={query} label="Find in the graph" hint="Find a service" onEnter={() => model.selectFirst()} />
      <output class="soft small">{count === undefined ? "" : `${count} found`}</output>
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
      <div class="float">
        {namespaces.map(([name, count]) => (
          <CheckBox key={name} isOn={collapsed.value.has(name)} onChange={() => model.toggleGroup(name)}>
            <span>{name}</span> <small>{plural(count, "service")}</small>
          </CheckBox>
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
